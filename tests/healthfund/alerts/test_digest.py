"""What a digest says: the figures, then and now, and what each announcement adds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from healthfund.alerts import digest, matching, sending, signing_up
from healthfund.alerts.matching import News, judged
from tests.factories import AlertFactory, ClaimFactory
from tests.mailbox import html_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(mailbox, clock):
    """Gives the mail that an alert's reader gets next."""
    server = mailbox()

    def next_mail(alert):
        clock.go_on(minutes=20)
        before = len(server.mails)
        sending.run(alert.pk, clock=clock)
        [mail] = server.mails[before:]
        return mail

    return next_mail


@pytest.fixture
def alert(clock):
    def make(**values):
        alert = AlertFactory(unconfirmed=True, **values)
        signing_up.confirm(alert, at=clock())
        return alert

    return make


@pytest.mark.parametrize(
    ("kinds", "was", "now", "news"),
    [
        (["created"], False, True, News.PUBLISHED),
        (["created", "edited"], False, True, News.PUBLISHED),
        (["edited"], True, True, News.EDITED),
        (["edited"], False, True, News.ENTERED),
        (["edited"], True, False, News.LEFT),
        (["edited", "withdrawn"], True, False, News.WITHDRAWN),
        (["withdrawn", "created"], True, True, News.AGAIN),
        (["withdrawn", "created"], True, False, News.LEFT),
        (["created", "withdrawn"], False, False, None),
        (["edited"], False, False, None),
    ],
)
def test_what_happened_is_judged_by_where_it_was_and_is(kinds, was, now, news):
    assert judged(kinds, was=was, now=now) == news


def test_the_figures_are_those_then_and_now(newsroom, alert, told):
    newsroom.publish(amount="£40m")
    one = alert()
    newsroom.publish(amount="£2m")
    text = text_of(told(one))
    assert "ALTOGETHER: 2 announcements\n" in text
    assert "Said in them, each time a sum was spoken of: £42m (before: £40m)" in text
    assert "First announced in them, each pound counted once: £42m (before: £40m)" in text
    assert "It says £2m and adds £2m of distinct money." in text


def test_a_sum_that_was_announced_before_adds_nothing(newsroom, alert, told):
    first = newsroom.publish(amount="£40m", announced_on="2020-01-01")
    one = alert()
    again = newsroom.draft(amount=None, announced_on="2020-02-01")
    ClaimFactory(announcement=again, pot=first.claims.get().pot, amount="£40m", effect="repeats")
    newsroom.publish(again)
    text = text_of(told(one))
    assert "It says £40m and adds nothing: that money is counted already." in text
    assert "First announced in them, each pound counted once: £40m\n" in text


def test_an_edit_tells_what_the_announcement_adds_and_added(newsroom, alert, told):
    announcement = newsroom.publish(amount="£40m")
    one = alert()
    newsroom.edit(announcement, amount="£45m")
    assert "It adds £45m; before, it added £40m." in text_of(told(one))


def test_an_edit_of_words_says_what_it_adds(newsroom, alert, told):
    announcement = newsroom.publish(amount="£40m")
    one = alert()
    newsroom.edit(announcement, title="With a comma")
    mail = told(one)
    assert mail["Subject"] == "Edited: With a comma"
    assert "It says £40m and adds £40m of distinct money." in text_of(mail)


def test_an_announcement_without_a_sum_says_so(newsroom, alert, told):
    one = alert()
    newsroom.publish(amount=None)
    assert "It names no sum that can be added up." in text_of(told(one))


def test_an_alert_with_a_filter_counts_its_own_announcements_alone(newsroom, alert, told):
    newsroom.publish(amount="£40m", theme="ai")
    newsroom.publish(amount="£7m", theme="digital")
    one = alert(filter="theme=ai")
    newsroom.publish(amount="£2m", theme="ai")
    text = text_of(told(one))
    assert "ALTOGETHER: 2 announcements on Theme: " in text
    assert "First announced in them, each pound counted once: £42m (before: £40m)" in text


def test_what_is_withdrawn_is_taken_off_the_figures(newsroom, alert, told):
    goes = newsroom.publish(amount="£40m", theme="ai")
    one = alert(filter="theme=ai")
    newsroom.withdraw(goes)
    assert "First announced in them, each pound counted once: £0 (before: £40m)" in text_of(told(one))


def test_what_is_entered_is_shown_as_text(newsroom, alert, told):
    one = alert()
    newsroom.publish(title="<b>R&D</b>")
    mail = told(one)
    assert "<b>R&D</b>" in text_of(mail)
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in html_of(mail)


def test_a_long_title_is_cut_in_the_subject_alone(newsroom, alert, told):
    one = alert()
    newsroom.publish(title="Word " * 50 + "\n end")
    mail = told(one)
    assert len(mail["Subject"].strip()) <= digest.LONGEST_SUBJECT
    assert "Word " * 50 in text_of(mail)


def test_of_many_changes_some_are_told_and_the_others_counted(newsroom, alert, told, monkeypatch):
    monkeypatch.setattr(digest, "SHOWN", 2)
    one = alert()
    for day in ("2020-01-01", "2020-01-03", "2020-01-02"):
        newsroom.publish(announced_on=day, title=f"Of {day}")
    mail = told(one)
    text = text_of(mail)
    assert text.index("Of 2020-01-03") < text.index("Of 2020-01-02")
    assert "Of 2020-01-01" not in text
    assert "And 1 more announcement changed: see the list." in text
    assert mail["Subject"] == "3 published – every announcement"


def queries(alert, clock):
    clock.go_on(minutes=20)
    alert.refresh_from_db()
    with CaptureQueriesContext(connection) as captured:
        question = matching.question_of(alert)
        portion = matching.portion(alert, question)
        digest.written(alert, portion, question, at=clock())
    return len(portion.items), len(captured)


@pytest.mark.parametrize("filter", ["", "theme=ai"])
def test_the_queries_of_a_digest_do_not_grow_with_what_changed(filter, newsroom, alert, clock):
    newsroom.publish(theme="ai")
    one = alert(filter=filter)
    newsroom.publish(theme="ai")
    few = queries(one, clock)
    for _ in range(4):
        newsroom.publish(theme="ai")
    many = queries(one, clock)
    assert (few[0], many[0]) == (1, 5)
    assert few[1] == many[1] <= 18
