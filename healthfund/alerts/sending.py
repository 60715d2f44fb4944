"""From the log of changes to the mailboxes.

An alert is worked on by whoever holds its lease. A portion of the changes becomes a mail in one transaction with the
move of the alert's place in the log, so each change is in one mail, whoever is killed when. No transaction is open while
the mail server is spoken to. A worker that is killed leaves the mail waiting; once the lease has ended it is sent again
as it stands, with the same Message-ID: it comes twice only where the first was taken and that could not be written down.
"""

import logging
import random
import time

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from ..exports.snapshots import snapshot
from ..webhooks import patience
from . import digest, letters, matching
from .models import Alert, AlertMail
from .rhythms import Rhythm

logger = logging.getLogger(__name__)

TURN = 15
"""Seconds after which no further mail is begun in one turn, so that a task ends before the broker hands it out again."""


def run(pk, *, clock):
    """Send what an alert has to send, until nothing is left, the mail server fails, or its turn is over.

    clock: a function that gives the present as an aware datetime. Returns how many mails were sent; 0 where the alert is
    not due or in somebody else's hands.
    """
    alert = Alert.objects.claim(pk, at=clock())
    if alert is None:
        return 0
    sent, ends = 0, time.monotonic() + TURN
    try:
        while time.monotonic() < ends and alert.renew(at=clock()):
            mail = alert.mails.waiting().in_order().first()
            if mail is None:
                if not look_further(alert, at=clock()):
                    break
                continue
            if not send(alert, mail, clock=clock):
                break
            sent += 1
    finally:
        alert.release()
    return sent


def look_further(alert, *, at):
    """Turn the next changes into a mail where there is something to tell. False where it is not time yet, or somebody
    else is at it."""
    if not alert.is_confirmed or alert.next_at > at:
        return False
    with snapshot():
        question = matching.question_of(alert)
        if not question.faults:
            portion = matching.portion(alert, question)
            letter = digest.written(alert, portion, question, at=at) if portion.items else None
    if question.faults:
        logger.error("alert=%s cannot be asked any more: %s", alert.pk, question.faults[0].message)
        alert.went_wrong(failing_since=alert.failing_since or at, rests_until=at + patience.LONGEST)
        return False
    if portion.upto == alert.cursor and alert.rhythm == Rhythm.SOON:
        return False
    mail = letter and AlertMail(alert=alert, created_at=at, **letter._asdict())
    return alert.take(portion, mail, at=at)


def send(alert, mail, *, clock):
    """Try to send once and write down what came of it. Whether to go on with the next."""
    at = clock()
    alert.seal_again()
    try:
        message(alert, mail).send()
    except OSError as error:
        # All that a mail server refuses, and that none is there.
        attempts, now = mail.attempts + 1, clock()
        logger.warning("alert=%s mail=%s attempt=%s failed: %s", alert.pk, mail.pk, attempts, type(error).__name__)
        mail.attempted(attempted_at=at, error=f"{type(error).__name__}: {error}"[:500])
        alert.went_wrong(
            failing_since=alert.failing_since or at,
            rests_until=now + patience.pause(attempts, random.random()),
        )
        return False
    now = clock()
    mail.attempted(attempted_at=at, sent_at=now, error="", text="", html="")
    logger.info("alert=%s mail=%s upto=%s sent", alert.pk, mail.pk, mail.upto)
    return alert.went_well()


def message(alert, mail):
    """The mail as it is sent. A mail program offers to stop the alert by its headers (RFC 2369, RFC 8058)."""
    token = alert.token
    made = EmailMultiAlternatives(
        mail.subject,
        mail.text.replace(letters.TOKEN, token),
        settings.DEFAULT_FROM_EMAIL,
        [alert.address],
        headers={
            "Message-ID": mail.message_id,
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{alert.portal}{reverse('alert-stop', args=[token])}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    made.attach_alternative(mail.html.replace(letters.TOKEN, token), "text/html")
    return made
