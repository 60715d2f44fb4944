"""Who did what to a thing, where it is used, and how two become one, as the staff see it."""

import datetime
import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from announcements import auditing
from announcements.admin.history import address
from announcements.choices import Did, Role
from announcements.facts import loading
from announcements.models import Announcement, AuditEntry, Forward, Pot, Revision
from announcements.newsroom.usage import where_used
from programmes.models import Organisation, Programme, Region, Target, Theme
from tests.announcements.admin.browsing import client_of, page, typed
from tests.announcements.admin.test_pages import everything
from tests.announcements.facts.samples import AT, TODAY, announcement, claim, document
from tests.factories import (
    AnnouncementFactory,
    ClaimFactory,
    OrganisationFactory,
    ProgrammeFactory,
    RegionFactory,
    ThemeFactory,
)
from tests.roles import member

pytestmark = pytest.mark.django_db

FUND, AGAIN = "2020-01-10-fund", "2020-03-01-again"


@pytest.fixture
def administrator():
    return client_of(member(Role.ADMINISTRATOR, "administrator"))


@pytest.fixture
def reviewer():
    return client_of(member(Role.REVIEWER, "reviewer"))


@pytest.fixture
def editor():
    return client_of(member(Role.EDITOR, "editor"))


def change(client, row, **values):
    data = typed(client.get(page("change", row))) | values
    response = client.post(page("change", row), data)
    assert response.status_code == 302, response.context["adminform"].form.errors


def load(*announcements):
    for key in ["digital"]:
        ThemeFactory(key=key)
    RegionFactory()
    OrganisationFactory(name="Department of Health and Social Care")
    loading.load([("", document(*announcements))], at=AT, today=TODAY, by="loader", why="First.")


def shown(client, thing, key, **asked):
    response = client.get(address(thing, key), asked)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# Histories


def test_a_change_of_reference_data_is_noted_with_who_and_both_values(administrator):
    theme = ThemeFactory(key="ai", name="AI")
    change(administrator, theme, name="Artificial intelligence")
    content = shown(administrator, "theme", "ai")
    assert "Changed by administrator" in content
    assert "<td>AI</td> <td>Artificial intelligence</td>" in content


def test_saving_what_says_the_same_notes_nothing(administrator):
    theme = ThemeFactory(key="ai")
    change(administrator, theme)
    assert not AuditEntry.objects.exists()


def test_what_stood_before_the_first_change_is_kept(administrator):
    theme = ThemeFactory(key="ai", name="AI")
    change(administrator, theme, name="Artificial intelligence")
    first, second = AuditEntry.objects.of("theme", "ai").order_by("pk")
    assert (first.document["name"], first.by, first.why) == ("AI", "", auditing.KEPT_SINCE)
    assert (second.document["name"], second.verb) == ("Artificial intelligence", Did.CHANGED)


def test_the_history_of_what_was_deleted_stays(administrator):
    programme = ProgrammeFactory(name="Test beds", slug="test-beds")
    administrator.post(page("delete", programme), {"post": "yes"})
    assert not Programme.objects.exists()
    content = shown(administrator, "programme", "test-beds")
    assert "It is gone; its history stays." in content
    assert "Deleted by administrator" in content


def test_any_two_are_compared(administrator):
    theme = ThemeFactory(key="ai", name="One")
    change(administrator, theme, name="Two")
    change(administrator, theme, name="Three")
    first, _, third = AuditEntry.objects.of("theme", "ai").order_by("pk")
    content = shown(administrator, "theme", "ai", one=third.pk, other=first.pk)
    assert "<td>One</td> <td>Three</td>" in content


def test_what_was_deleted_is_taken_back_up(administrator):
    programme = ProgrammeFactory(name="Test beds", slug="test-beds", description="Trials.")
    administrator.post(page("delete", programme), {"post": "yes"})
    entry = AuditEntry.objects.of("programme", "test-beds").get(document__isnull=False)
    administrator.post(address("programme", "test-beds"), {"back": entry.pk})
    assert Programme.objects.get(slug="test-beds").description == "Trials."
    assert AuditEntry.objects.of("programme", "test-beds").first().verb == Did.REVERTED


def test_an_organisation_says_again_what_it_said_before(administrator):
    organisation = OrganisationFactory(name="NHSX", slug="nhsx", other_names=["X"])
    organisation.covers.set([RegionFactory(key="london")])
    change(administrator, organisation, name="NHS Y", covers=[], other_names="")
    first = AuditEntry.objects.of("organisation", "nhsx").last()
    administrator.post(address("organisation", "nhsx"), {"back": first.pk})
    organisation = Organisation.objects.get(slug="nhsx")
    assert (organisation.name, organisation.other_names) == ("NHSX", ["X"])
    assert [region.key for region in organisation.covers.all()] == ["london"]


def test_what_cannot_be_so_any_more_is_refused_with_the_reason(administrator):
    programme = ProgrammeFactory(name="Test beds", slug="test-beds")
    change(administrator, programme, name="Beds")
    ProgrammeFactory(name="Test beds")
    first = AuditEntry.objects.of("programme", "test-beds").last()
    response = administrator.post(address("programme", "test-beds"), {"back": first.pk}, follow=True)
    assert "It cannot say that any more." in response.content.decode()
    assert Programme.objects.get(slug="test-beds").name == "Beds"


def test_an_announcement_is_taken_back_up_as_a_revision(editor):
    load(announcement(FUND, claim("total")))
    load(announcement(FUND, claim("total", amount="200000000")))
    first = AuditEntry.objects.of("announcement", FUND).last()
    editor.post(address("announcement", FUND), {"back": first.pk})
    revision = Revision.objects.get()
    assert (revision.announcement, revision.typed["claims"][0]["amount"]) == (FUND, "100000000")
    assert Pot.objects.get().high == 200_000_000_00


def test_the_change_of_an_announcement_is_told_in_pounds_with_the_reason(editor):
    load(announcement(FUND, claim("total")))
    load(announcement(FUND, claim("total", amount="200000000")))
    content = shown(editor, "announcement", FUND)
    assert "<td>£100,000,000</td> <td>£200,000,000</td>" in content
    assert "by loader" in content


def test_only_who_may_change_it_takes_it_back_up(editor):
    ThemeFactory(key="ai", name="AI")
    auditing.note("theme", "ai", "AI", Did.CHANGED, by="x", at=timezone.now(), document={"key": "ai", "name": "Z"})
    assert "Take this one back up" not in shown(editor, "theme", "ai")
    entry = AuditEntry.objects.get()
    assert editor.post(address("theme", "ai"), {"back": entry.pk}).status_code == 403


def test_histories_of_users_are_for_those_who_look_after_them(editor, administrator):
    auditing.note("user", "ada", "Ada", Did.CHANGED, by="x", at=timezone.now(), document={"email": "ada@example.org"})
    assert editor.get(address("user", "ada")).status_code == 403
    assert "ada" not in editor.get(page("changelist", AuditEntry)).content.decode()
    assert "Ada" in administrator.get(page("changelist", AuditEntry)).content.decode()


def test_what_is_under_embargo_shows_in_no_history_but_to_those_who_may_see_it(editor, reviewer):
    theme = ThemeFactory(key="ai")
    revision = Revision.objects.create(
        title="Not yet",
        typed={"claims": [{"theme": "ai"}]},
        embargo_until=timezone.now() + datetime.timedelta(days=9),
        begun_at=AT,
        saved_at=AT,
        moved_at=AT,
    )
    key = str(revision.pk)
    auditing.note("revision", key, "Not yet", Did.CREATED, by="x", at=timezone.now(), document={"title": "Not yet"})
    assert editor.get(address("revision", key)).status_code == 403
    for place in (page("changelist", AuditEntry), page("change", theme)):
        assert "Not yet" not in editor.get(place).content.decode()
        assert "Not yet" in reviewer.get(place).content.decode()
    assert "Not yet" in shown(reviewer, "revision", key)


def test_what_never_was_has_no_history(administrator):
    assert administrator.get(address("theme", "nothing")).status_code == 404


def test_a_history_costs_as_many_queries_however_long(administrator):
    ThemeFactory(key="ai")
    note = {"by": "x", "at": timezone.now()}
    numbers = []
    for count in (2, 20):
        for number in range(count):
            auditing.note("theme", "ai", "AI", Did.CHANGED, document={"key": "ai", "name": f"{number}"}, **note)
        with CaptureQueriesContext(connection) as queries:
            shown(administrator, "theme", "ai")
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("factory", [ThemeFactory, OrganisationFactory, ProgrammeFactory, AnnouncementFactory])
def test_the_history_link_of_each_page_leads_to_ours(administrator, factory):
    row = factory()
    response = administrator.get(page("history", row), follow=True)
    assert response.templates[0].name == "newsroom/history.html"


# Where used


def used(client, verb, row):
    content = client.get(page(verb, row)).content.decode()
    return " ".join(content.split())


def test_a_page_tells_where_its_thing_is_used_also_where_it_is_named_in_words(administrator):
    organisation = OrganisationFactory(name="Wellcome", slug="wellcome", other_names=["The Wellcome Trust"])
    ClaimFactory(name="A grant", funders=["The wellcome trust"])
    Revision.objects.create(
        title="Half typed", typed={"announcer": {"organisation": "Wellcome"}}, begun_at=AT, saved_at=AT, moved_at=AT
    )
    for verb in ("change", "delete"):
        content = used(administrator, verb, organisation)
        assert "Claims that name it as a payer: 1" in content
        assert "A grant" in content
        assert "Revisions that are being worked on and name it: 1" in content
        assert "Half typed" in content


def test_what_nothing_uses_says_so(administrator):
    assert "Nothing uses it." in used(administrator, "change", ThemeFactory(key="unused"))


@pytest.mark.parametrize("model", [Theme, Region, Programme, Target, Pot, Announcement, Organisation])
def test_where_used_costs_as_many_queries_however_much_it_is_used(model):
    everything()
    row = model.objects.order_by("pk").first()
    where_used(row)
    with CaptureQueriesContext(connection) as few:
        before = [use.what for use in where_used(row)]
    everything(2)
    with CaptureQueriesContext(connection) as many:
        after = [use.what for use in where_used(row)]
    assert len(many) == len(few) + len(set(after) - set(before))


# Merging


@pytest.fixture
def twice():
    load(announcement(FUND, claim("total", name="The fund")), announcement(AGAIN, claim("same", name="The same fund")))
    return Pot.objects.get(reference=f"{FUND}#total"), Pot.objects.get(reference=f"{AGAIN}#same")


def merge_page(row):
    return page("change", row).replace("/change/", "/merge/")


def test_the_other_pot_is_found_by_words(reviewer, twice):
    content = reviewer.get(merge_page(twice[0]), {"q": "same fund"}).content.decode()
    assert f'value="{AGAIN}#same"' in content


def test_before_it_is_done_it_shows_what_uses_both_and_what_totals_fall_by(reviewer, twice):
    address = f"{merge_page(twice[0])}?other={AGAIN}%23same"
    content = " ".join(reviewer.post(address, {"why": "One."}).content.decode().split())
    assert "Claims about it: 1" in content
    assert (
        '<th scope="row">Announced</th> <td class="money">£200,000,000</td> <td class="money">£100,000,000</td> '
        '<td class="money">-£100,000,000</td>' in content
    )
    assert f"1 announcement will say something else: {AGAIN}." in content
    assert Pot.objects.introduced().count() == 2


def test_where_more_would_be_announced_than_before_it_warns(reviewer):
    wholes = [claim("one", amount="300000000"), claim("two", amount="200000000")]
    load(
        announcement(FUND, claim("rise", measure="rise"), claim("money")),
        announcement(AGAIN, *wholes, claim("part", part_of=["one", "two"])),
    )
    for kept, warned in ("rise", True), ("money", False):
        address = f"{merge_page(Pot.objects.get(reference=f'{FUND}#{kept}'))}?other={AGAIN}%23part"
        content = reviewer.post(address, {"why": "One."}).content.decode()
        assert "What it changes" in content
        assert ("More would be announced than before" in content) == warned


def test_it_is_done_when_it_is_confirmed(reviewer, twice):
    address = f"{merge_page(twice[0])}?other={AGAIN}%23same"
    assert reviewer.post(address, {"why": "One.", "_merge": "1"}).status_code == 302
    assert Pot.objects.introduced().get() == twice[0]
    assert AuditEntry.objects.filter(verb=Did.MERGED, by="reviewer").exists()


def test_what_stands_in_the_way_is_told(reviewer, twice):
    address = f"{merge_page(twice[1])}?other={FUND}%23total"
    content = reviewer.post(address, {"why": "One.", "_merge": "1"}).content.decode()
    assert "merge the two the other way round" in content
    assert f"?other={AGAIN}%23same" in content


def test_claims_of_two_announcements_are_said_to_be_the_same_or_move(reviewer, twice):
    kept, gone = Announcement.objects.in_order()
    address = f"{merge_page(kept)}?other={gone.slug}"
    response = reviewer.get(address)
    assert response.context["form"].fields["same-same"].initial == "total"
    reviewer.post(address, {"why": "One.", "same-same": "total", "_merge": "1"})
    gone.refresh_from_db()
    assert gone.status == "withdrawn"
    assert Forward.objects.target("announcement", AGAIN) == FUND


def test_merging_organisations_needs_more_than_publishing(reviewer, administrator):
    kept, gone = OrganisationFactory(name="Kept"), OrganisationFactory(name="Gone")
    address = f"{merge_page(kept)}?other={gone.slug}"
    assert reviewer.get(address).status_code == 403
    assert administrator.post(address, {"why": "One.", "_merge": "1"}).status_code == 302
    assert Organisation.objects.get(slug=kept.slug).other_names == ["Gone"]


def test_editors_do_not_merge(editor, twice):
    assert editor.get(merge_page(twice[0])).status_code == 403
    assert "/merge/" not in editor.get(page("change", twice[0])).content.decode()


# What comes in by files


def test_reference_data_that_changes_by_a_file_is_noted_with_both_values(editor, tmp_path):
    path = tmp_path / "reference.json"
    document = {
        "format": "healthfund-reference/1",
        "themes": [{"key": "ai", "name": "AI", "description": "Learning machines."}],
    }
    path.write_text(json.dumps(document))
    ThemeFactory(key="ai", name="Old name")
    call_command("load_reference", path, verbosity=0)
    assert "<td>Old name</td> <td>AI</td>" in shown(editor, "theme", "ai")
    number = AuditEntry.objects.count()
    call_command("load_reference", path, verbosity=0)
    assert AuditEntry.objects.count() == number


def test_the_list_can_be_asked_for_what_the_portal_itself_did(admin_client):
    auditing.note("theme", "ai", "AI", Did.CHANGED, by=None, at=timezone.now())
    auditing.note("theme", "ai", "AI", Did.CHANGED, by="ada", at=timezone.now())
    assert '<a href="?by=">the portal</a>' in admin_client.get(page("changelist", AuditEntry)).content.decode()
