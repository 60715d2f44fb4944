"""Whatever the order of changes, runs, failures and kills: each change that fits is in one mail, and whoever follows the
mails has the list."""

import re
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthfund.alerts import matching, sending, signing_up
from healthfund.models import Alert
from tests.clocks import Clock
from tests.factories import AlertFactory
from tests.mailbox import LATER, TAKE, text_of
from tests.newsroom import Newsroom

WHICH = st.integers(0, 4)
STEPS = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from(["£1m", "£10m"])),
    st.tuples(st.just("edit"), WHICH, st.sampled_from(["£1m", "£10m", "£12m"])),
    st.tuples(st.just("withdraw"), WHICH),
    st.tuples(st.just("publish_again"), WHICH),
    st.tuples(st.sampled_from(["run", "fail", "be_killed_before_sending", "be_killed_after_sending"])),
)


class Reader:
    """A portal with one alert, what its reader has been sent, and what they ought to be."""

    def __init__(self, server, filter):
        self.server, self.clock = server, Clock()
        self.newsroom = Newsroom(self.clock)
        self.made, self.edits = [], 0
        self.touched, self.killed_after = set(), set()
        self.publish("£10m")
        self.alert = AlertFactory(unconfirmed=True, filter=filter)
        signing_up.confirm(self.alert, at=self.clock())
        self.touched.clear()
        self.before = self.following = self.listed()
        self.expected = {}

    def listed(self):
        return {announcement.title for announcement in matching.question_of(self.alert).qs}

    # What editors do

    def publish(self, amount):
        title = f"Announcement number {len(self.made)}"
        self.made.append(self.newsroom.publish(amount=amount, title=title))
        self.touched.add(title)

    def edit(self, which, amount):
        self._change(which, "published", lambda one: self.newsroom.edit(one, amount=amount, summary=self._words()))

    def withdraw(self, which):
        self._change(which, "published", self.newsroom.withdraw)

    def publish_again(self, which):
        self._change(which, "withdrawn", self.newsroom.publish)

    def _change(self, which, status, do):
        announcement = self.made[which % len(self.made)]
        announcement.refresh_from_db()
        if announcement.status == status:
            do(announcement)
            self.touched.add(announcement.title)

    def _words(self):
        self.edits += 1
        return f"Edited {self.edits} times."

    # What workers do

    def run(self):
        self._work(lambda: sending.run(self.alert.pk, clock=self.clock))

    def fail(self):
        self.server.moods = [LATER]
        self._work(lambda: sending.run(self.alert.pk, clock=self.clock))
        self.server.moods = [TAKE]

    def be_killed_before_sending(self):
        self._work(self._hold)

    def be_killed_after_sending(self):
        def work():
            held = self._hold()
            waiting = held and held.mails.waiting().first()
            if waiting:
                sending.message(held, waiting).send()
                self.killed_after.add(waiting.message_id)

        self._work(work)

    def _hold(self):
        held = Alert.objects.claim(self.alert.pk, at=self.clock())
        if held and not held.mails.waiting().exists():
            sending.look_further(held, at=self.clock())
        return held

    def _work(self, work):
        """Do it when every lease and rest is over; a portion that it takes holds what was touched since the last one."""
        self.clock.go_on(days=1)
        cursor = self.alert.cursor
        work()
        self.alert.refresh_from_db()
        if self.alert.cursor != cursor:
            after = self.listed()
            fits = self.touched & (self.before | after)
            if fits:
                self.expected[f"<alert-{self.alert.pk}-to-{self.alert.cursor}@portal.example>"] = fits
            self.before, self.touched = after, set()

    # What has come of it

    def check(self):
        came = Counter(mail["Message-ID"].strip() for mail in self.server.mails)
        texts = {mail["Message-ID"].strip(): text_of(mail) for mail in self.server.mails}
        assert {name: set(told(text)) for name, text in texts.items()} == self.expected
        assert all(number == 1 or name in self.killed_after for name, number in came.items())
        for text in texts.values():
            for title, news in told(text).items():
                assert (title in self.following) == (news not in ("PUBLISHED", "EDITED, AND NOW AMONG THESE"))
                self.following = self.following - {title} if news in GONE else self.following | {title}
        assert self.following == self.listed()


GONE = ("WITHDRAWN", "EDITED, AND NO LONGER AMONG THESE")


def told(text):
    """{title: news} of a digest."""
    found, news = {}, ""
    for line in text.splitlines():
        if re.fullmatch(r"[A-Z, ]+", line):
            news = line
        elif line.startswith("* "):
            assert line[2:] not in found
            found[line[2:]] = news
    return found


@pytest.mark.django_db
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(filter=st.sampled_from(["", "amount_min=5000000"]), steps=st.lists(STEPS, min_size=3, max_size=12))
def test_each_change_reaches_its_reader_in_one_mail(mailbox, filter, steps):
    server = mailbox()
    with transaction.atomic():
        reader = Reader(server, filter)
        for verb, *given_ in steps:
            getattr(reader, verb)(*given_)
        reader.run()
        # What waited made way for what came after it.
        reader.run()
        reader.check()
        transaction.set_rollback(True)
