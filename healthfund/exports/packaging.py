"""The whole public data as a Frictionless Data Package: tables as CSV (and Parquet where pyarrow is installed), the fact
file, and a datapackage.json that says what each is. Built aside, and there at once or not at all.

    VAR_DIR/packages/2026-11-21T023000Z/    a package, never changed
    VAR_DIR/packages/latest                 the newest, as a symbolic link
"""

import csv
import datetime
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from announcements.facts import dumping
from announcements.models import Announcement

from . import parquet
from .snapshots import snapshot
from .statement import LICENCE
from .tables import TABLES
from .writers import BATCH, csv_cell

NAME = "%Y-%m-%dT%H%M%SZ"
PACKAGE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z")
LATEST = "latest"
DESCRIPTOR = "datapackage.json"
FACTS = "facts.json"
KEPT = datetime.timedelta(days=14)
UNFINISHED = datetime.timedelta(days=1)
"""After so long what a build left is known to be abandoned."""

DESCRIPTION = (
    "What was announced for health technology in the United Kingdom, and what it adds up to, each pound once. Every total "
    "is the sum of rows of entries.csv; facts.json is the same announcements as the portal reads them in. A text that "
    "begins like a formula of a spreadsheet has an apostrophe before it."
)


class Counted(io.RawIOBase):
    """A file to be written that keeps count of its bytes and of their SHA-256."""

    def __init__(self, path):
        self.path, self.bytes, self.sha256 = path, 0, hashlib.sha256()
        self.file = path.open("wb")

    def writable(self):
        return True

    def write(self, piece):
        self.sha256.update(piece)
        self.bytes += len(piece)
        return self.file.write(piece)

    def close(self):
        self.file.close()
        super().close()

    def told(self):
        return {"path": self.path.name, "bytes": self.bytes, "hash": f"sha256:{self.sha256.hexdigest()}"}


def build(folder, *, at, rules=None):
    """Builds a package of what is published now and gives its folder; `at` is this moment and names it.

    Points `latest` to it, and removes packages that are older than KEPT. Raises FileExistsError where there is one of the
    same second.
    """
    folder.mkdir(parents=True, exist_ok=True)
    at = at.astimezone(datetime.UTC)
    package = folder / f"{at:{NAME}}"
    if package.exists():
        raise FileExistsError(f"{package} is there already")
    building = Path(tempfile.mkdtemp(dir=folder, prefix=".building-"))
    try:
        with snapshot():
            tables = [_table(table, building) for table in TABLES]
            facts = _facts(building)
        told = descriptor(at, rules, [resource for resource, _ in tables], facts, [more for _, more in tables if more])
        (building / DESCRIPTOR).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _zip(building, f"healthfund-{package.name}.zip")
        building.chmod(0o755)
        building.rename(package)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    _point(folder, package.name)
    _tidy(folder, at)
    return package


def descriptor(at, rules, tables, facts, parquets):
    """The content of datapackage.json."""
    found = {
        "profile": "data-package",
        "name": "healthfund",
        "title": "healthfund: UK health-technology funding announcements, counted once",
        "description": DESCRIPTION,
        "version": f"{at:{NAME}}",
        "created": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "licenses": [LICENCE._asdict()],
        "resources": [*tables, facts],
    }
    if rules is not None:
        found["counting_rules"] = rules
    # Beside the resources, for those who judge a package by Table Schema read no Parquet.
    return found | ({"parquet": parquets} if parquets else {})


def _table(table, folder):
    """Writes a table and gives (its resource, what there is to tell of the same as Parquet or None)."""
    columns = [field.name for field in table.fields]
    rows = 0
    beside = parquet.Writer(folder / f"{table.name}.parquet", table.fields) if parquet.INSTALLED else None
    with Counted(folder / f"{table.name}.csv") as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        batch = []
        for cells in table.cells():
            writer.writerow([csv_cell(cell) for cell in cells])
            rows += 1
            if beside:
                batch.append(cells)
                if len(batch) == BATCH * 50:
                    beside.write(batch)
                    batch = []
        text.flush()
        told = file.told()
        if beside:
            beside.write(batch)
            beside.close()
    resource = {
        "name": table.name,
        "profile": "tabular-data-resource",
        "description": table.description,
        **told,
        "rows": rows,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": table.schema(),
    }
    return resource, beside and {"name": table.name, **beside.told(), "rows": rows}


def _facts(folder):
    """Writes the fact file of everything that is published and gives its resource."""
    with Counted(folder / FACTS) as file:
        for piece in dumping.pieces(Announcement.objects.published().in_order(), indent=1):
            file.write(piece.encode())
        told = file.told()
    return {
        "name": "facts",
        "profile": "data-resource",
        "type": "file",
        "description": "The same announcements as one fact file, which load_facts reads.",
        **told,
        "format": "json",
        "mediatype": "application/json",
        "encoding": "utf-8",
    }


def _zip(folder, name):
    """Everything in the folder as one file in it, but for what is there a second time as Parquet."""
    files = sorted(file for file in folder.iterdir() if file.suffix != ".parquet")
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as whole:
        for file in files:
            whole.write(file, file.name)


def _point(folder, name):
    """Makes `latest` the package of this name, at once: a link that is renamed is never seen half-made."""
    link = folder / f".{LATEST}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(folder / LATEST)


def _tidy(folder, at):
    for package in packages(folder)[1:]:
        if at - made_at(package) > KEPT:
            shutil.rmtree(package)
    for left in folder.glob(".building-*"):
        if at.timestamp() - left.stat().st_mtime > UNFINISHED.total_seconds():
            shutil.rmtree(left, ignore_errors=True)


def packages(folder):
    """The folders of the packages there are, the newest first."""
    if not folder.is_dir():
        return []
    return sorted((one for one in folder.iterdir() if PACKAGE.fullmatch(one.name)), reverse=True)


def made_at(package):
    return datetime.datetime.strptime(package.name, NAME).replace(tzinfo=datetime.UTC)
