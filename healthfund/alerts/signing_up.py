"""From somebody's wish to an alert that counts: asked for on a page, confirmed from the mailbox.

Whether an address is known is told to nobody but whoever reads its mail: each wish is answered alike, by a page that
says to look there.
"""

import logging

from django.db import IntegrityError, transaction

from announcements.ledger import totals
from announcements.models import Change

from ..exports.snapshots import snapshot
from . import letters
from .matching import question_of
from .models import UNANSWERED, Alert, AlertMail

logger = logging.getLogger(__name__)

MOST_ASKED = 5
"""How many mails an address is sent within three days that ask it to confirm: whoever types other people's addresses
cannot have them mailed without end."""

MOST_ASKED_OF_KNOWN = 20
"""The same of an address that has confirmed an alert before, and may want many."""


def ask(*, address, filter, rhythm, portal, at):
    """Take down that an address should have an alert and queue the mail that asks it to confirm.

    filter: canonical, see `asking`. An alert that is confirmed stays as it is, and its reader is sent the way to it.
    Returns the alert whose mail waits, or None where the address has been asked often enough.
    """
    with transaction.atomic():
        alert = _taken_down(address, filter, rhythm, portal, at)
        if alert.mails.waiting().filter(upto=None).exists():
            return alert
        if _asked(address, at) >= (MOST_ASKED_OF_KNOWN if _is_known(address) else MOST_ASKED):
            logger.info("alert=%s not asked: its address was asked too often", alert.pk)
            return None
        letter = letters.known(alert) if alert.is_confirmed else letters.please_confirm(alert)
        AlertMail.objects.create(alert=alert, created_at=at, **letter._asdict())
        return alert


def confirm(alert, *, at):
    """Have an alert tell of whatever changes from now on. False where it was confirmed already, or its question cannot
    be asked any more."""
    with snapshot():
        question = question_of(alert)
        if question.faults:
            return False
        stands = {
            "cursor": Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
            "known_at": totals.posted_at(from_ledger=True),
            "matching": list(question.qs.order_by().values_list("pk", flat=True)) if alert.filter else [],
        }
    confirmed = alert.confirm(**stands, at=at)
    if confirmed:
        logger.info("alert=%s confirmed", alert.pk)
    return confirmed


def _taken_down(address, filter, rhythm, portal, at):
    same = Alert.objects.filter(address__iexact=address, filter=filter)
    alert = same.first()
    if alert is None:
        alert = Alert(address=address, filter=filter, rhythm=rhythm, portal=portal, asked_at=at)
        alert.seal()
        try:
            with transaction.atomic():
                alert.save(force_insert=True)
        except IntegrityError:
            # The same wish arrived at the same time.
            alert = same.get()
    elif not alert.is_confirmed:
        alert.rhythm, alert.portal, alert.asked_at = rhythm, portal, at
        alert.save(update_fields=["rhythm", "portal", "asked_at"])
    return alert


def _asked(address, at):
    asked = AlertMail.objects.filter(alert__address__iexact=address, upto=None)
    return asked.filter(created_at__gt=at - UNANSWERED).count()


def _is_known(address):
    return Alert.objects.confirmed().filter(address__iexact=address).exists()
