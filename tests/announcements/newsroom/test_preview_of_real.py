"""Previews of real announcements: taken out and put back, and changed, against every total of the real ledger."""

import copy

from announcements import publishing
from announcements.facts import loading
from announcements.ledger import rollups
from announcements.models import Announcement
from announcements.newsroom.preview import preview
from tests.announcements.newsroom.totals import all_totals, assert_moved
from tests.newsroom import publish
from tests.real import AT

EVERY = 16
"""Of so many announcements one is tried."""


def test_real_announcements_put_back_or_doubled_move_every_total_by_what_was_seen(real):
    put_back = doubled = 0
    before = all_totals()
    for slug in sorted(real)[::EVERY]:
        announcement, said = Announcement.objects.get(slug=slug), real[slug]
        try:
            publishing.withdraw(announcement=announcement, reason="To see.", by="", at=AT)
        except publishing.NotWithdrawable:
            doubled += 1
            said = copy.deepcopy(said)
            for claim in said["claims"]:
                for end in ("amount", "low", "high"):
                    if claim.get(end):
                        claim[end] = f"{int(claim[end]) * 2}"
        else:
            put_back += 1
            rollups.apply_unapplied(at=AT)
            before = all_totals()
        seen = preview(said, at=AT)
        assert not seen.faults
        assert seen.words
        loading_of = Announcement.objects.get(slug=slug)
        if loading_of.is_published:
            loading.load([("", {"format": "healthfund-facts/1", "announcements": [said]})], at=AT, today=AT.date())
        else:
            publish(loading_of, at=AT)
        rollups.apply_unapplied(at=AT)
        after = all_totals()
        assert_moved(seen, before, after)
        before = after
    assert put_back > 5
    assert doubled > 1
