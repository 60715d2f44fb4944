"""One action on many revisions: each by itself, with its reasons where it is refused, by whoever may."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from announcements.choices import RevisionState, Role
from announcements.models import Announcement, AuditEntry, Revision
from announcements.newsroom import bulk, revisions, typed
from announcements.publishing import Refused
from tests import factories as f
from tests.announcements.admin.browsing import client_of, said
from tests.announcements.facts import samples
from tests.roles import member

LIST = "admin:announcements_revision_changelist"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _places():
    f.ThemeFactory(key="digital")
    f.ThemeFactory(key="ai")
    f.RegionFactory(key="england")
    f.OrganisationFactory(name="Department of Health and Social Care")


@pytest.fixture
def anna():
    return member(Role.EDITOR, "anna")


@pytest.fixture
def ben():
    return member(Role.REVIEWER, "ben")


def begun(by, slug, *claims, **given):
    """A revision of a new announcement, with every warning ticked off."""
    source = {"url": f"https://www.gov.uk/{slug}", "publisher": "GOV.UK", "kind": "press_release"}
    claims = claims or (
        samples.claim(name=f"The {slug[11:]}", start_fy=f"{slug[:4]}-{int(slug[2:4]) + 1}", note="So."),
    )
    record = samples.announcement(slug, *claims, sources=[source], title=f"News of {slug[11:]}", **given)
    row = revisions.begin(record, by=by, at=timezone.now())
    for _ in range(2):
        judged = revisions.judge(row, at=timezone.now())
        ticked = [{"key": finding.key, "reason": "Read twice."} for finding in judged.findings]
        row = revisions.save(
            row, row.typed | {"ticked": ticked}, version=row.version, by=by, at=timezone.now()
        ).revision
    return row


def chosen(client, do, *rows):
    """The page that an action of the list answers with."""
    data = {"action": f"{do}_selected", "_selected_action": [row.pk for row in rows]}
    return client.post(f"{reverse(LIST)}?state=all", data, follow=True)


def done(client, do, *rows, **values):
    """What comes of choosing an action and pressing its button."""
    page = chosen(client, do, *rows)
    data = {"chosen": page.context["chosen"]} | values
    return client.post(reverse("admin:announcements_revision_bulk", args=[do]), data, follow=True)


def states():
    return list(Revision.objects.order_by("pk").values_list("state", flat=True))


def told(response):
    """{title: reasons} of what was refused."""
    return {str(one.revision): one.reasons for one in response.context["refused"]}


def test_many_are_sent_to_review_and_approved_by_another(anna, ben):
    # Unlike one another, or the second would be asked whether it is the first again.
    sums = [("2016-02-20-wards", "31000000"), ("2018-07-20-scanners", "5000000"), ("2020-09-20-genomes", "170000000")]
    rows = []
    for slug, amount in sums:
        words = {"as_stated": f"£{amount[:-6]}m", "amount": amount, "start_fy": f"{slug[:4]}-{int(slug[2:4]) + 1}"}
        rows.append(begun(anna, slug, samples.claim(name=slug[11:], note="So.", **words)))
    response = done(client_of(anna), "submit", *rows, why="")
    assert said(response) == ["Send to review: 3 of 3 done."]
    assert states() == ["in_review"] * 3
    response = done(client_of(ben), "approve", *rows)
    assert said(response) == ["Approve and publish: 3 of 3 done."]
    assert Announcement.objects.published().count() == 3
    assert AuditEntry.objects.filter(thing="revision", verb="published", by="ben").count() == 3


def test_each_is_done_by_itself_and_who_is_refused_is_told_why(anna, ben):
    good, bad = begun(anna, "2018-07-20-wards"), begun(anna, "2018-07-21-beds")
    bad = revisions.save(bad, bad.typed | {"summary": ""}, version=bad.version, by=anna, at=timezone.now()).revision
    response = done(client_of(anna), "submit", good, bad)
    assert said(response) == ["Send to review: 1 of 2 done."]
    assert list(told(response)) == ["News of beds"]
    assert any("summary" in reason.lower() or "text" in reason for reason in told(response)["News of beds"])
    assert states() == ["in_review", "draft"]


def test_one_that_another_of_them_makes_way_for_is_done_after_it():
    first, second, never = (Revision(pk=pk) for pk in (1, 2, 3))
    gone = []

    def verb(row):
        if row == never or row == first and second not in gone:
            raise Refused(["Not yet."])
        gone.append(row)

    assert [bool(one.reasons) for one in bulk.each([first, second, never], verb, again=True)] == [False, False, True]
    assert gone == [second, first]
    gone.clear()
    assert [bool(one.reasons) for one in bulk.each([first, second, never], verb)] == [True, False, True]


def test_nobody_approves_their_own_words_nor_what_was_not_sent(ben, anna):
    mine, draft = begun(ben, "2018-07-20-wards"), begun(anna, "2018-07-21-beds")
    Revision.objects.filter(pk=mine.pk).update(state=RevisionState.IN_REVIEW)
    response = done(client_of(ben), "approve", mine, draft)
    assert said(response) == ["Approve and publish: 0 of 2 done."]
    assert [reason for reasons in told(response).values() for reason in reasons] == [
        "You wrote on this yourself: somebody else has to approve it.",
        "It was not sent to review yet.",
    ]
    assert not Announcement.objects.exists()


def test_what_somebody_saved_since_it_was_shown_is_not_approved(anna, ben):
    row = begun(anna, "2018-07-20-wards")
    Revision.objects.update(state=RevisionState.IN_REVIEW)
    client = client_of(ben)
    page = chosen(client, "approve", row)
    revisions.save(row, row.typed | {"title": "Otherwise"}, version=row.version, by=anna, at=timezone.now())
    address = reverse("admin:announcements_revision_bulk", args=["approve"])
    response = client.post(address, {"chosen": page.context["chosen"]})
    assert list(told(response).values()) == [["Somebody wrote on it since you opened it: look at it again first."]]


def test_many_are_handed_to_somebody_and_to_nobody(anna, ben):
    rows = [begun(anna, f"2018-07-2{number}-wards") for number in range(2)]
    done(client_of(anna), "assign", *rows, assignee=ben.pk)
    assert {row.assignee for row in Revision.objects.all()} == {ben}
    done(client_of(anna), "assign", *rows, assignee="")
    assert {row.assignee for row in Revision.objects.all()} == {None}


def test_every_claim_gets_a_theme_and_the_announcement_a_programme_and_loses_them(anna):
    row = begun(anna, "2018-07-20-wards")
    programme = f.ProgrammeFactory(name="Wards")
    asked = {"theme": "ai", "programme": programme.pk}
    done(client_of(anna), "tag", row, **asked)
    record = typed.compose(Revision.objects.get().typed).record
    assert (record["programmes"], record["claims"][0]["tags"]) == (["Wards"], ["ai"])
    done(client_of(anna), "tag", row, **asked, remove="on")
    record = typed.compose(Revision.objects.get().typed).record
    assert "programmes" not in record
    assert "tags" not in record["claims"][0]


def test_claim_that_names_its_own_programmes_gets_the_new_one_too():
    words = {"claims": [{"programmes_are": "these", "programmes": ["A"]}, {"programmes": []}], "programmes": ["A"]}
    found = bulk.tagged(words, programme="B")
    assert [claim["programmes"] for claim in found["claims"]] == [["A", "B"], []]
    assert bulk.tagged(bulk.tagged(found, programme="B"), programme="B", remove=True)["programmes"] == ["A"]
    assert words["programmes"] == ["A"]


def test_tagging_wants_something_to_tag_with(anna):
    row = begun(anna, "2018-07-20-wards")
    response = done(client_of(anna), "tag", row)
    assert response.context["form"].non_field_errors() == ["Choose a theme or a programme."]


def test_many_are_discarded_with_a_reason(anna):
    rows = [begun(anna, f"2018-07-2{number}-wards") for number in range(2)]
    assert done(client_of(anna), "discard", *rows).context["form"].errors
    done(client_of(anna), "discard", *rows, why="Entered twice.")
    assert states() == ["discarded"] * 2
    assert AuditEntry.objects.filter(verb="discarded", why="Entered twice.").count() == 2


def test_more_than_can_be_done_at_once_are_not_begun(anna, monkeypatch):
    rows = [begun(anna, f"2018-07-2{number}-wards") for number in range(2)]
    monkeypatch.setattr(bulk, "MOST", 1)
    assert said(chosen(client_of(anna), "discard", *rows)) == ["Choose at most 1 at once."]
    address = reverse("admin:announcements_revision_bulk", args=["discard"])
    both = " ".join(f"{row.pk}:{row.version}" for row in rows)
    for wrong in (both, "x", "1:2:3"):
        assert client_of(anna).post(address, {"chosen": wrong, "why": "x"}).status_code == 400


def test_who_may_not_is_offered_no_action_and_refused(anna):
    row = begun(anna, "2018-07-20-wards")
    editor = client_of(anna)
    assert "approve_selected" not in editor.get(reverse(LIST)).content.decode()
    address = reverse("admin:announcements_revision_bulk", args=["approve"])
    data = {"chosen": f"{row.pk}:{row.version}"}
    assert editor.post(address, data).status_code == 403
    assert editor.get(address).status_code == 405
    nobody = client_of(member(None))
    for do in ("submit", "assign", "tag", "discard", "approve"):
        address = reverse("admin:announcements_revision_bulk", args=[do])
        assert nobody.post(address, data).status_code == 403
    assert editor.post(reverse("admin:announcements_revision_bulk", args=["burn"]), data).status_code == 400


def test_what_is_under_embargo_is_done_nothing_to_by_others(anna):
    row = begun(member(Role.EDITOR, "clara"), "2018-07-20-wards")
    Revision.objects.update(embargo_until=timezone.now())
    address = reverse("admin:announcements_revision_bulk", args=["discard"])
    client_of(anna).post(address, {"chosen": f"{row.pk}:{row.version}", "why": "x"})
    assert states() == ["draft"]


def test_asking_costs_as_many_queries_however_many_are_chosen(anna):
    rows = [begun(anna, f"2018-07-2{number}-wards") for number in range(4)]
    client = client_of(anna)
    chosen(client, "tag", rows[0])

    def queries(*rows):
        with CaptureQueriesContext(connection) as asked:
            assert len(chosen(client, "tag", *rows).context["rows"]) == len(rows)
        return len(asked)

    assert queries(*rows) == queries(rows[0])
