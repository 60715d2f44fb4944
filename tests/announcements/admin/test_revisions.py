"""The entry page as a browser without scripts uses it; tests/browser has it with them."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from announcements.choices import RevisionState
from announcements.models import Announcement, Revision
from tests import factories as f
from tests.roles import member

pytestmark = pytest.mark.django_db

LIST = "admin:announcements_revision_changelist"
WORDS = {
    "announced_on": "20/07/2018",
    "title": "A fund for wards",
    "summary": "Money for wards was announced.",
    "sources-0-url": "https://www.gov.uk/wards",
    "sources-0-publisher": "GOV.UK",
    "announcer-organisation": "Department of Health and Social Care",
    "programmes": ["Wards"],
    "claims-0-name": "The fund",
    "claims-0-as_stated": "£412m in 2018-19",
    "claims-0-theme": "digital",
    "claims-0-sector": "government",
    "claims-0-additionality": "new",
    "claims-0-regions": ["england"],
    "claims-0-note": "New by the source's own word.",
}


@pytest.fixture(autouse=True)
def _places():
    f.ThemeFactory(key="digital")
    f.RegionFactory(key="england")
    f.OrganisationFactory(name="Department of Health and Social Care")


class Desk:
    """Somebody at the entry page: what stands in its fields is sent with every button."""

    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user)
        self.address = None

    def open(self, address=None):
        self.page = self.client.get(address or reverse("admin:announcements_revision_add"), follow=True)
        assert self.page.status_code == 200
        self.address = self.page.request["PATH_INFO"]
        return self

    def do(self, what, **headers):
        self.page = self.client.post(self.address, self.words | {"_do": what}, headers=headers)
        if self.page.context and "revision" in self.page.context:
            self.words["_version"] = self.page.context["revision"].version
        return self

    def type(self, **words):
        self.words = {"_version": self.revision.version, **WORDS, **words}
        return self

    def tick(self):
        """Tick every warning off and say of every likely pot that it is other money."""
        judged = self.do("save").page.context["page"]
        for one in judged.warnings:
            self.words |= {
                f"ticked-{one['index']}-key": one["finding"].key,
                f"ticked-{one['index']}-reason": "Read twice.",
            }
        return self

    @property
    def revision(self):
        return Revision.objects.get(pk=re.search(r"/(\d+)/", self.address)[1])

    @property
    def text(self):
        return " ".join(re.sub(r"<[^>]+>", " ", self.page.content.decode()).split())


@pytest.fixture
def editor():
    return Desk(member("Editor", "anna"))


@pytest.fixture
def reviewer():
    return Desk(member("Reviewer", "ben"))


def test_a_script_is_sent_on_to_the_work_list_whole(editor):
    editor.open().type().tick().do("submit", **{"HX-Request": "true"})
    assert editor.page.status_code == 200
    assert editor.page.headers["HX-Redirect"] == reverse(LIST)


def sent(editor):
    editor.open().type().tick().do("submit")
    assert editor.page.status_code == 302, editor.text
    return editor.revision


def test_announcement_goes_from_the_empty_page_to_the_public(editor, reviewer):
    revision = sent(editor)
    assert revision.state == RevisionState.IN_REVIEW
    page = reviewer.open(editor.address)
    assert "What this will count" in page.text
    page.words = {"_version": page.revision.version}
    page.do("approve")
    assert page.page.status_code == 302
    claim = Announcement.objects.published().get().claims.get()
    assert (claim.amount, str(claim.start_fy)) == (41_200_000_000, "2018-19")


def test_page_says_at_once_how_the_words_are_read(editor):
    editor.open().type(**{"claims-0-as_stated": "up to £50 million over three years"}).do("keep")
    assert "Up to £50,000,000: £0 is firm" in editor.text
    assert "over 3 years: say which" in editor.text


def test_what_is_missing_is_listed_by_field_with_a_way_there(editor):
    editor.open().type(summary="", **{"claims-0-theme": ""}).do("submit")
    todo = editor.page.context["page"].to_mend
    assert {(one["label"], one["field"]) for one in todo} >= {
        ("Summary", "id_summary"),
        ("The fund, Theme", "id_claims-0-theme"),
    }
    assert "Not yet" in editor.text
    assert editor.revision.state == RevisionState.DRAFT


def test_another_sum_takes_over_theme_payer_and_place(editor):
    editor.open().type().do("add:claims")
    first, second = editor.page.context["page"].claims
    assert second["form"]["theme"].value() == "digital"
    assert second["form"]["regions"].value() == ["england"]
    assert second["form"]["name"].value() is None


def test_sums_of_the_press_release_are_entered_by_a_button_each(editor):
    editor.open().type(_text="A fund of £412m in 2018-19, of which up to £75 million is for records.").do("read")
    assert [one.wording for one in editor.page.context["page"].sums] == ["up to £75 million"]
    editor.do("sum:up to £75 million")
    first, second = editor.revision.typed["claims"]
    assert (second["as_stated"], second["theme"]) == ("up to £75 million", "digital")


def test_row_that_was_taken_out_comes_back_by_undo(editor):
    editor.open().type().do("save").do("remove:claims-0")
    assert editor.revision.typed["claims"] == []
    before = editor.page.context["before"]
    editor.words = {"_version": editor.revision.version}
    editor.do(f"undo:{before.version}")
    assert editor.revision.typed["claims"][0]["name"] == "The fund"


def test_two_at_the_same_page_lose_nothing(editor, reviewer):
    editor.open().type().do("save")
    reviewer.open(editor.address).type(title="By Ben")
    editor.type(title="By Anna").do("save")
    reviewer.words["_version"] = 2
    reviewer.do("save")
    assert "anna saved this beside you" in reviewer.text
    assert reviewer.page.context["page"].announcement["title"].value() == "By Ben"
    assert editor.revision.title == "By Anna"


def test_what_is_kept_while_typing_waits_where_others_wrote_and_saving_takes_it_in(editor, reviewer):
    editor.open().type().do("save")
    reviewer.open(editor.address).type(summary="By Ben.")
    editor.type(title="By Anna").do("save")
    reviewer.words["_version"] = 2
    assert reviewer.do("keep").page.status_code == 204
    assert reviewer.page.headers["HX-Trigger"] == "beside"
    assert editor.revision.typed["summary"] == WORDS["summary"]
    reviewer.do("save")
    assert "anna wrote on it beside you" in reviewer.text
    assert (editor.revision.typed["title"], editor.revision.typed["summary"]) == ("By Anna", "By Ben.")


def test_radar_names_the_earlier_pot_and_one_button_makes_it_the_same(editor):
    pot = f.PotFactory(
        name="The fund for wards",
        amount="£412m",
        announcement=f.AnnouncementFactory(announced_on="2018-01-02", programmes=["Wards"]),
    )
    editor.open().type(**{"claims-0-name": "The fund for wards"}).do("save")
    (claim,) = editor.page.context["page"].claims
    assert [one["candidate"].reference for one in claim["likely"]["strong"]] == [pot.reference]
    editor.do(f"verdict:0|{pot.reference}|same")
    assert editor.revision.typed["claims"][0]["about"] == pot.reference


def test_published_announcement_shows_what_changes_field_by_field(editor, reviewer):
    revision = sent(editor)
    reviewer.open(editor.address).words = {"_version": revision.version}
    reviewer.do("approve")
    slug = Announcement.objects.get().slug
    page = editor
    page.page = page.client.post(reverse("admin:announcements_revision_revise", args=[slug]), follow=True)
    page.address = page.page.request["PATH_INFO"]
    page.type(id=slug, title="Another title").do("save")
    assert "What changes in public" in page.text
    assert [(one.old, one.new) for one in page.page.context["compared"]] == [("A fund for wards", "Another title")]


def test_looking_for_a_pot_offers_amount_programme_day_and_name(editor):
    pot = f.PotFactory(
        name="Prescribing", announcement=f.AnnouncementFactory(announced_on="2018-07-20", programmes=["Wards"])
    )
    type(pot).objects.filter(pk=pot.pk).update(low=7_800_000_000, high=7_800_000_000)
    for said in ["prescr", "wards", "£78m"]:
        page = editor.client.get(reverse("admin:announcements_revision_pots"), {"claims-0-about": said})
        assert pot.reference in page.content.decode()
        assert "Prescribing · £78,000,000 · Wards · 20 Jul 2018" in page.content.decode()


def test_embargoed_revision_is_not_there_for_other_editors(editor):
    editor.open().type(_assignee="", _embargo_until="2099-01-01T12:00").do("save")
    assert Desk(member("Editor", "carl")).client.get(editor.address).status_code == 302
    assert Desk(member("Reviewer", "ben")).client.get(editor.address).status_code == 200


def test_editor_does_not_approve(editor):
    revision = sent(editor)
    other = Desk(member("Editor", "carl")).open(editor.address)
    other.words = {"_version": revision.version}
    assert other.do("approve").page.status_code == 403


def test_work_list_is_by_state_whose_and_age_and_leaves_empty_pages_out(editor):
    editor.open()
    shown = editor.client.get(reverse(LIST)).context["cl"].result_count
    editor.type().do("save")
    counts = {
        query: editor.client.get(reverse(LIST) + query).context["cl"].result_count
        for query in ["", "?state=draft", "?state=in_review", "?state=all", "?whose=mine", "?whose=nobody", "?age=7"]
    }
    assert shown == 0
    assert counts == dict.fromkeys(["", "?state=draft", "?state=all", "?whose=mine"], 1) | dict.fromkeys(
        ["?state=in_review", "?whose=nobody", "?age=7"], 0
    )


def test_page_costs_as_many_queries_for_more_sums(editor):
    def queries(sums):
        rows = {key.replace("claims-0", f"claims-{n}"): value for n in range(sums) for key, value in WORDS.items()}
        editor.type(**rows).do("save")
        with CaptureQueriesContext(connection) as asked:
            editor.client.get(editor.address)
        return len(asked)

    editor.open()
    assert queries(2) == queries(6)


def test_front_of_the_newsroom_says_what_waits_and_for_whom(editor, reviewer):
    sent(editor)
    editor.open().type(title="Another", **{"sources-0-url": ""}).do("save")
    front = editor.client.get(reverse("admin:index")).content.decode()
    assert "2 assigned to you" in front
    assert "1 in review" in front
    assert "0 assigned to you" in reviewer.client.get(reverse("admin:index")).content.decode()


def test_nobody_deletes_a_revision(editor):
    editor.open().type().do("save")
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    assert root.get(reverse("admin:announcements_revision_delete", args=[editor.revision.pk])).status_code == 403
