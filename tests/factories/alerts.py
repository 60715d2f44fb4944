import datetime

import factory

from healthfund.models import Alert, AlertMail, AlertMatch

from .announcements import AnnouncementFactory

AT = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


class AlertFactory(factory.django.DjangoModelFactory):
    """Confirmed, on every announcement, told soon and from the first change on; `unconfirmed=True` for one that is not."""

    class Meta:
        model = Alert

    class Params:
        unconfirmed = factory.Trait(confirmed_at=None, next_at=None)

    address = factory.Sequence(lambda number: f"reader-{number}@example.org")
    rhythm = "soon"
    portal = "https://portal.example"
    asked_at = AT
    confirmed_at = AT
    next_at = AT

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        alert = model_class(**kwargs)
        if not alert.digest:
            alert.seal()
        alert.save(force_insert=True)
        return alert


class AlertMatchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AlertMatch

    alert = factory.SubFactory(AlertFactory, filter="theme=ai")
    announcement = factory.SubFactory(AnnouncementFactory)


class AlertMailFactory(factory.django.DjangoModelFactory):
    """One that waits; `sent=True` for one that was sent."""

    class Meta:
        model = AlertMail

    class Params:
        sent = factory.Trait(text="", html="", attempts=1, attempted_at=AT, sent_at=AT)

    alert = factory.SubFactory(AlertFactory)
    upto = factory.Sequence(lambda number: number)
    subject = "1 published"
    text = "Published: one."
    html = "<p>Published: one.</p>"
    created_at = AT
