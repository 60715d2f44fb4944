"""What readers are served: one stored JSON document for each published announcement and for each pot that one
introduces, and the facets that they are found by.

Documents are written here and nowhere else, in the transaction that posts the entries they tell of, while the ledger's
head is held. Each one that appears, changes or goes is logged as a Change in the same transaction, so the log's ids
become visible in their order. `verify` compares every stored document and facet with what would be written today.
"""

import hashlib
import logging
from collections import defaultdict
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, Sum
from rest_framework.renderers import JSONRenderer

from . import documents
from .choices import ChangeKind, Resource, Status
from .ledger import claims as ledger_claims
from .ledger import counting
from .ledger.claims import MANY, in_parts
from .ledger.explain import explanations
from .ledger.posting import lock
from .ledger.rollups import Mismatch
from .ledger.totals import NOT_STATED as MISSING
from .models import (
    Announcement,
    AnnouncementDocument,
    AnnouncementFacet,
    Change,
    Claim,
    LedgerEntry,
    Membership,
    Pot,
    PotDocument,
    PotFacet,
)

logger = logging.getLogger(__name__)

CHECKS = DOCUMENTS, FACETS = "document against records", "facets against records"
DIMENSIONS = ("theme", "region", "sector", "additionality")


class Written(NamedTuple):
    """What ought to be stored of one thing: its public id, its document in two parts, its facets as {(name, value):
    number or None}, and the columns that lists are ordered by."""

    public_id: str
    head: str
    rest: str
    facets: dict
    columns: dict

    @property
    def fingerprint(self):
        return fingerprint(self.head, self.rest)


def fingerprint(head, rest):
    """The SHA-256 of a document's two parts, by which a change is told."""
    return hashlib.sha256(f"{head}\n{rest}".encode()).hexdigest()


# The verbs


@transaction.atomic
def refresh(pot_ids, announcement_ids=(), *, at):
    """Bring the documents of these announcements, of these pots, and of all that share money with them to what stands.

    Belongs in the transaction that posted, after it. Returns the Changes that were logged.
    """
    lock()
    pots = _whole_families(pot_ids)
    about = _announcements_about(pots) | set(announcement_ids)
    return [*_write(_Announcements(), about, at), *_write(_Pots(), pots, at)]


def rebuild(*, at, missing=False):
    """Write every document anew, some families a transaction; with `missing` only for what is public and has none.

    Returns how many changed.
    """
    changed = 0
    for kind, ids in _in_lots(missing):
        with transaction.atomic():
            lock()
            changed += len(_write(kind, ids, at, thorough=True))
    if changed:
        logger.info("wrote documents changed=%s", changed)
    return changed


@transaction.atomic
def renamed(row, *, at):
    """Bring every document that names an organisation, programme or target to the row's present name."""
    lock()
    named = Q(announcer=row.pk) | Q(responses__organisation=row.pk)
    if row._meta.model_name == "programme":
        named = Q(programmes=row.pk) | Q(claims__programmes=row.pk) | Q(targets__programmes=row.pk)
    elif row._meta.model_name == "target":
        named = Q(targets=row.pk)
    about = Announcement.objects.published().filter(named).order_by().values_list("pk", flat=True).distinct()
    return _write(_Announcements(), set(about), at)


def verify():
    """Whether every stored document and facet is what would be written today, as a list of Mismatches."""
    found = []
    for kind, ids in _in_lots():
        with transaction.atomic():
            # Nobody posts between the reading of the records and that of the documents.
            lock()
            found += _mismatches(kind, ids)
    return found


# What is touched


def _whole_families(pot_ids):
    """The ids of these pots and of all that share money with them, as they were last posted."""
    found = set(pot_ids)
    for ids in in_parts(pot_ids):
        families = set(Pot.objects.filter(pk__in=ids).exclude(family="").values_list("family", flat=True))
        for names in in_parts(families):
            found.update(Pot.objects.filter(family__in=names).values_list("pk", flat=True))
    return found


def _announcements_about(pots):
    found = set()
    for ids in in_parts(pots):
        found.update(Claim.objects.filter(pot__in=ids).values_list("announcement", flat=True))
    return found


def _in_lots(missing=False):
    """Everything, as (what kind, ids) in lots that fit into a transaction each; pots that share money come together."""
    public, pots = Announcement.objects.published(), Pot.objects.introduced()
    if missing:
        public, pots = public.filter(document__isnull=True), pots.filter(document__isnull=True)
    else:
        # Also what has a document and should have none.
        public = Announcement.objects.filter(Q(status=Status.PUBLISHED) | Q(document__isnull=False))
        pots = Pot.objects.filter(Q(pk__in=pots.values("pk")) | Q(document__isnull=False))
    for kind, rows in (_Announcements(), public.order_by("pk")), (_Pots(), pots.order_by("family", "pk")):
        ids = list(rows.values_list("pk", flat=True))
        for start in range(0, len(ids), MANY):
            yield kind, ids[start : start + MANY]


# Writing


def _write(kind, wanted_ids, at, *, thorough=False):
    changes = []
    for ids in in_parts(wanted_ids):
        changes += _write_part(kind, ids, at, thorough)
    return changes


def _write_part(kind, ids, at, thorough):
    """thorough: read the stored texts again too, instead of trusting their fingerprints."""
    due = kind.written(ids)
    rows = kind.documents.objects.filter(pk__in=ids)
    stored = {row.pk: row for row in (rows if thorough else rows.defer("head", "rest"))}
    if thorough:
        for row in stored.values():
            row.fingerprint = fingerprint(row.head, row.rest)
    written_anew, changes = [], []
    for pk, written in due.items():
        before, changed_at = stored.get(pk), at
        if before is None or before.fingerprint != written.fingerprint:
            happened = ChangeKind.EDITED if before else ChangeKind.CREATED
            changes.append(kind.change(happened, written.public_id, written.fingerprint, at))
        elif all(getattr(before, name) == value for name, value in written.columns.items()):
            continue
        else:
            changed_at = before.changed_at
        written_anew.append(
            kind.documents(
                pk=pk,
                head=written.head,
                rest=written.rest,
                fingerprint=written.fingerprint,
                changed_at=changed_at,
                **written.columns,
            )
        )
    if written_anew:
        kind.documents.objects.bulk_create(
            written_anew,
            batch_size=MANY,
            update_conflicts=True,
            unique_fields=[kind.of],
            update_fields=["head", "rest", "fingerprint", "changed_at", *kind.columns],
        )
    gone = sorted(stored.keys() - due.keys())
    if gone:
        for public_id in kind.public_ids(gone):
            changes.append(kind.change(ChangeKind.WITHDRAWN, public_id, "", at))
        kind.documents.objects.filter(pk__in=gone).delete()
    _write_facets(kind, ids, due)
    return Change.objects.bulk_create(changes, batch_size=MANY)


def _write_facets(kind, ids, due):
    lacking, surplus = _facet_differences(kind, ids, due)
    kind.facets.objects.filter(pk__in=surplus).delete()
    kind.facets.objects.bulk_create(
        [
            kind.facets(**{f"{kind.of}_id": pk}, name=name, value=value, number=number)
            for pk, name, value, number in lacking
        ],
        batch_size=MANY,
    )


def _facet_differences(kind, ids, due):
    """(rows that lack, as (id, name, value, number); primary keys of rows that should not be there)."""
    wanted = {
        (pk, name, value, number) for pk, written in due.items() for (name, value), number in written.facets.items()
    }
    stored = {
        row[:-1]: row[-1]
        for row in kind.facets.objects.filter(**{f"{kind.of}__in": ids}).values_list(
            f"{kind.of}_id", "name", "value", "number", "pk"
        )
    }
    return sorted(wanted - stored.keys(), key=str), [pk for row, pk in stored.items() if row not in wanted]


def _mismatches(kind, wanted_ids):
    for ids in in_parts(wanted_ids):
        due = kind.written(ids)
        stored = {row.pk: row for row in kind.documents.objects.filter(pk__in=ids)}
        for pk in sorted(due.keys() | stored.keys()):
            written, row = due.get(pk), stored.get(pk)
            there = row and (row.head, row.rest, row.fingerprint, *(getattr(row, name) for name in kind.columns))
            ought = written and (written.head, written.rest, written.fingerprint, *written.columns.values())
            if there != ought:
                name = written.public_id if written else kind.public_ids([pk])[0]
                what = "stale" if there and ought else "missing" if ought else "of nothing public"
                yield Mismatch(DOCUMENTS, (kind.resource.label, name), what, "as the records say")
        lacking, surplus = _facet_differences(kind, ids, due)
        if lacking or surplus:
            where = sorted({pk for pk, *_ in lacking} | _owners(kind, surplus))
            yield Mismatch(
                FACETS,
                (kind.resource.label, *kind.public_ids(where)),
                f"{len(surplus)} too many",
                f"{len(lacking)} more",
            )


def _owners(kind, facets):
    return set(kind.facets.objects.filter(pk__in=facets).values_list(kind.of, flat=True))


def _as_text(value):
    return JSONRenderer().render(value).decode()


class _Kind:
    """What differs between announcements and pots: where their documents are stored, and what is written into them."""

    resource = of = documents = facets = None
    columns = ()

    def change(self, happened, public_id, fingerprint, at):
        return Change(kind=happened, resource=self.resource, public_id=public_id, fingerprint=fingerprint, at=at)


class _Announcements(_Kind):
    resource, of = Resource.ANNOUNCEMENT, "announcement"
    documents, facets = AnnouncementDocument, AnnouncementFacet
    columns = ("largest",)

    def public_ids(self, ids):
        return list(Announcement.objects.filter(pk__in=ids).order_by("pk").values_list("slug", flat=True))

    def written(self, ids):
        """{id: Written} of those that are published."""
        rows = list(documents.whole_announcements(Announcement.objects.published().filter(pk__in=ids)))
        about = {row.pk: {claim.pot_id for claim in row.claims.all()} for row in rows}
        pots = _Carried.by_pots({pot for some in about.values() for pot in some})
        tree = ledger_claims.tree()
        out = {}
        for row, (head, rest) in zip(rows, documents.announcements(rows), strict=True):
            mine = [pots[pot] for pot in about[row.pk]]
            facets = _dimensions(row.claims.all(), mine, tree)
            programmes = {programme.slug for programme in row.programmes.all()}
            facets["programme"] = programmes.union(*(pot.programmes for pot in mine))
            amounts = {str(pot): pots[pot].high for pot in about[row.pk] if pots[pot].high is not None}
            out[row.pk] = Written(
                row.slug,
                _as_text(head),
                _as_text(rest),
                _stated(facets)
                | ({("amount", pot): high for pot, high in amounts.items()} or {("amount", MISSING): None}),
                {"largest": max(amounts.values(), default=None)},
            )
        return out


class _Pots(_Kind):
    resource, of = Resource.POT, "pot"
    documents, facets = PotDocument, PotFacet

    def public_ids(self, ids):
        return list(Pot.objects.filter(pk__in=ids).order_by("pk").values_list("reference", flat=True))

    def written(self, ids):
        """{id: Written} of those that a published announcement introduces. Their families are among the pots."""
        rows = {pot.pk: pot for pot in Pot.objects.introduced().filter(pk__in=ids)}
        if not rows:
            return {}
        told, tree = documents.Pots(rows.values()), ledger_claims.tree()
        carried = _Carried.by_pots(rows)
        explained = {}
        for family in counting.families(ledger_claims.read(_whole_families(rows))):
            explained |= explanations(family, tree)
        out = {}
        for pk, pot in rows.items():
            head, rest = told.document(pot, explained[pot.reference])
            facets = _dimensions(told.claims[pk], [carried[pk]], tree)
            facets |= {"programme": carried[pk].programmes, "flag": set(pot.flags)}
            out[pk] = Written(pot.reference, _as_text(head), _as_text(rest), _stated(facets), {})
        return out


# Facets


class _Carried(NamedTuple):
    """What the ledger holds of a pot: the values that its entries ever carried, and the programmes it belongs to now."""

    dimensions: dict
    programmes: set
    high: int | None

    @classmethod
    def by_pots(cls, pots):
        """{id: _Carried} of these pots."""
        entries, members, found = defaultdict(lambda: defaultdict(set)), defaultdict(set), {}
        for ids in in_parts(pots):
            rows = LedgerEntry.objects.filter(pot__in=ids).order_by()
            for pot, *values in rows.values_list("pot", *DIMENSIONS).distinct():
                for name, value in zip(DIMENSIONS, values, strict=True):
                    entries[pot][name].add(value)
            changes = Membership.objects.filter(pot__in=ids).order_by()
            for pot, slug, now in changes.values_list("pot", "programme__slug").annotate(now=Sum("change")):
                if now > 0:
                    members[pot].add(slug)
            for pot, high in Pot.objects.filter(pk__in=ids).values_list("pk", "high"):
                found[pot] = cls(entries[pot], members[pot], high)
        return found


def _dimensions(claims, pots, tree):
    """{name: values} that the claims themselves state, or the entries of the pots ever carried."""
    found = {name: set() for name in DIMENSIONS}
    for claim in claims:
        found["theme"].add(claim.theme_id)
        found["sector"].add(claim.sector)
        found["additionality"].add(claim.additionality)
        found["region"].update(region.key for region in claim.regions.all())
        found["region"].update(split.region_id for split in claim.splits.all())
    for pot in pots:
        for name in DIMENSIONS:
            found[name] |= pot.dimensions[name]
    found["region"] = {place for key in found["region"] for place in tree.upwards(key)}
    return {name: values - {None, ""} for name, values in found.items()}


def _stated(facets):
    return {(name, value): None for name, values in facets.items() for value in values or {MISSING}}
