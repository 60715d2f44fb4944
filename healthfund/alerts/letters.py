"""What the readers of alerts are written, and how: please confirm, you have it already; `digest` has what changed.

A letter's links carry `TOKEN` where the alert's token belongs. It is put in as the mail is sent, so that it is kept
nowhere.
"""

from typing import NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse

from . import asking
from .matching import question_of

TOKEN = "the-token-of-this-alert"


class Letter(NamedTuple):
    """A mail before it is queued. upto: the last change that it tells of, None where it tells of none."""

    subject: str
    text: str
    html: str
    upto: int | None = None


def please_confirm(alert):
    """The Letter that asks whether its reader wants an alert."""
    words = asking.harmless(asking.in_words(question_of(alert)))
    return letter("confirm", "Confirm your e-mail alert", alert, {"about": asking.sentence(words)})


def known(alert):
    """The Letter to a reader who asked for an alert that is confirmed already."""
    words = asking.harmless(asking.in_words(question_of(alert)))
    return letter("known", "You have this e-mail alert", alert, {"about": asking.sentence(words)})


def letter(name, subject, alert, context):
    """A Letter to an alert's reader from the templates of a name; they also know the alert's pages and its list."""
    everything = context | {
        "alert": alert,
        "subject": subject,
        "portal": alert.portal,
        "page": alert.portal + reverse("alert", args=[TOKEN]),
        "confirm": alert.portal + reverse("alert-confirm", args=[TOKEN]),
        "list": alert.portal + reverse("announcements") + (f"?{alert.filter}" if alert.filter else ""),
    }
    return Letter(
        subject,
        render_to_string(f"alerts/mail/{name}.txt", everything).strip() + "\n",
        render_to_string(f"alerts/mail/{name}.html", everything),
    )
