"""Mail that lies as files, where no mail server is set: what each is, read as a mail program would read it."""

import datetime
import email
import email.policy
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

BETWEEN = b"\n" + b"-" * 79 + b"\n"
"""What Django's file backend writes after each mail."""

SHOWN = 100


class Letter(NamedTuple):
    """A mail in a file: the file's name, when it was written (aware), its headers as far as they are shown, its text."""

    name: str
    written_at: datetime.datetime
    to: str
    subject: str
    text: str


def folder():
    """Where mail lies as files, or None where it goes to a mail server."""
    path = getattr(settings, "EMAIL_FILE_PATH", None)
    return Path(path) if path and settings.EMAIL_BACKEND.endswith(".filebased.EmailBackend") else None


def letters():
    """The latest mails in the folder, the newest first."""
    place = folder()
    files = list(place.glob("*.log")) if place and place.is_dir() else []
    files.sort(key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    return [letter for file in files[:SHOWN] for letter in reversed(read(file))][:SHOWN]


def read(file):
    """The mails in one file, in their order."""
    written_at = datetime.datetime.fromtimestamp(file.stat().st_mtime, datetime.UTC)
    found = []
    for raw in file.read_bytes().split(BETWEEN):
        if raw.strip():
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            body = mail.get_body(("plain", "html"))
            text = body.get_content() if body else ""
            found.append(Letter(file.name, written_at, mail["To"] or "", mail["Subject"] or "", text))
    return found
