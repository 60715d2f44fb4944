"""Every model of both apps has its pages, each field on them says what it is for, and lists cost the same at any length."""

import itertools

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from announcements import auditing
from announcements.models import (
    AnnouncedTarget,
    Announcement,
    AnnouncementDocument,
    AnnouncementFacet,
    AuditEntry,
    Change,
    ClaimLink,
    Doubts,
    Forward,
    LedgerEntry,
    LedgerHead,
    Membership,
    Posting,
    Pot,
    PotDocument,
    PotFacet,
    RegionSplit,
    Rehearsal,
    Revision,
    RevisionVersion,
    RollupCell,
    RollupState,
    RollupSum,
    SourceCheck,
)
from programmes.models import Deflator
from tests import factories as f
from tests.announcements.admin.browsing import page

INSIDE_OTHERS = {AnnouncedTarget, ClaimLink, RegionSplit, Deflator}
DERIVED = {
    AnnouncementDocument,
    AnnouncementFacet,
    Change,
    Doubts,
    Forward,
    PotDocument,
    PotFacet,
    RevisionVersion,
    RollupSum,
}
ONLY_LOOKED_AT = [AuditEntry, LedgerEntry, LedgerHead, Membership, Posting, Pot, RollupCell, RollupState, SourceCheck]
OURS = [model for label in ("announcements", "programmes") for model in apps.get_app_config(label).get_models()]
REGISTERED = [model for model in OURS if model not in INSIDE_OTHERS | DERIVED | {Rehearsal}]


YEARS = itertools.count(1990)


def everything(number=1):
    """A row at least of every model, `number` of those that lists grow by."""
    for _ in range(number):
        programme = f.ProgrammeFactory()
        announcement = f.AnnouncementFactory(programmes=[programme])
        whole = f.PotFactory()
        claim = f.ClaimFactory(announcement=announcement, splits={"london": "£1m"}, tags=["ai"], part_of=[whole])
        f.ClaimFactory(announcement=announcement, pot=whole)
        source = f.SourceFactory(announcement=announcement)
        SourceCheck.objects.create(url=f"https://example.org/{source.pk}")
        f.FigureFactory(announcement=announcement)
        f.ResponseFactory(announcement=announcement, claim=claim, organisation__name=f"Charity {programme.pk}")
        f.AnnouncedTargetFactory(announcement=announcement, target__programmes=[programme])
        f.LedgerEntryFactory(pot=claim.pot)
        f.MembershipFactory(pot=claim.pot)
        f.RollupCellFactory(money_year=next(YEARS))
        f.DeflatorFactory()
        f.PopulationFactory()
        f.ExchangeRateFactory()
        auditing.note("theme", "ai", "AI", "changed", by="editor", at=timezone.now())
    f.RollupStateFactory()
    LedgerHead.objects.get_or_create(pk=1)


def test_every_model_has_its_pages_and_the_rehearsal_has_none():
    assert [model for model in REGISTERED if not admin.site.is_registered(model)] == []
    assert not admin.site.is_registered(Rehearsal)
    edited_inside = {inline.model for page in admin.site._registry.values() for inline in page.inlines}
    assert edited_inside >= INSIDE_OTHERS


@pytest.mark.parametrize("model", REGISTERED)
def test_list_costs_as_many_queries_at_any_length(model, admin_client):
    everything()
    address = page("changelist", model)
    admin_client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert admin_client.get(address).status_code == 200
    everything(3)
    with CaptureQueriesContext(connection) as many:
        assert admin_client.get(address).status_code == 200
    assert len(many) == len(few), [query["sql"][:200] for query in many]


@pytest.mark.parametrize("model", REGISTERED)
def test_search_and_page_of_each_row_open(model, admin_client):
    everything()
    assert admin_client.get(page("changelist", model), {"q": "digital"}).status_code == 200
    for row in model.objects.all():
        assert admin_client.get(page("change", row)).status_code == 200


@pytest.mark.parametrize("model", [model for model in REGISTERED if model is not Revision])
def test_each_field_says_what_it_is_for(model, admin_client):
    everything()
    if model in ONLY_LOOKED_AT:
        assert admin_client.get(page("add", model)).status_code == 403
        return
    response = admin_client.get(page("add", model))
    forms = [response.context["adminform"].form]
    forms += [inline.formset.empty_form for inline in response.context["inline_admin_formsets"]]
    silent = [
        f"{type(form).__name__}.{name}"
        for form in forms
        for name, field in form.fields.items()
        if not field.help_text
        and not field.widget.is_hidden
        and name not in {"DELETE", "id"}
        and type(field).__name__ != "InlineForeignKeyField"
    ]
    assert silent == []


@pytest.mark.parametrize("model", ONLY_LOOKED_AT)
def test_nobody_changes_the_ledger_by_hand(model, admin_client):
    everything()
    row = model.objects.first()
    before = list(model.objects.order_by("pk").values())
    assert admin_client.post(page("add", model), {}).status_code == 403
    assert admin_client.post(page("change", row), {}).status_code == 403
    assert admin_client.post(page("delete", row), {"post": "yes"}).status_code == 403
    admin_client.post(
        page("changelist", model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    )
    assert list(model.objects.order_by("pk").values()) == before


def test_page_of_a_pot_shows_its_claims_links_and_entries(admin_client):
    everything()
    pot = Pot.objects.get(entries__isnull=False)
    text = admin_client.get(page("change", pot)).content.decode()
    assert pot.reference in text
    assert "£1,000,000" in text


def test_page_of_an_announcement_costs_as_many_queries_for_more_rows_of_a_claim_field(admin_client):
    """The inline selects share their choices: the page does not ask for regions or themes claim by claim."""
    everything()
    announcement = Announcement.objects.filter(sources__isnull=False).get()
    with CaptureQueriesContext(connection) as few:
        admin_client.get(page("change", announcement))
    f.ClaimFactory(announcement=announcement)
    with CaptureQueriesContext(connection) as more:
        admin_client.get(page("change", announcement))
    assert len(more) - len(few) <= 8


def test_pot_is_looked_up_with_amount_programme_and_day(admin_client):
    announcement = f.AnnouncementFactory(announced_on="2018-07-20", programmes=["Hospital technology"])
    pot = f.PotFactory(announcement=announcement, name="Prescribing", as_stated="£78 million")
    Pot.objects.filter(pk=pot.pk).update(low=7_800_000_000, high=7_800_000_000)
    field = {"app_label": "announcements", "model_name": "claim", "field_name": "pot"}
    [found] = admin_client.get(reverse("admin:announcements_pot_lookup"), field | {"term": "prescr"}).json()["results"]
    assert found == {"id": str(pot.pk), "text": "Prescribing · £78,000,000 · Hospital technology · 20 Jul 2018"}
    f.ClaimFactory(
        announcement__draft=True, name="Draft", as_stated="up to £5m", announcement__announced_on="2019-01-02"
    )
    [found] = admin_client.get(reverse("admin:announcements_pot_lookup"), field | {"term": "draft"}).json()["results"]
    assert found["text"] == "Draft · up to £5m · no programme · 2 Jan 2019 (draft)"


def test_links_name_their_pots_at_the_cost_of_one_row(admin_client):
    claim = f.ClaimFactory(part_of=[f.PotFactory(name="Whole package")])

    def queries():
        with CaptureQueriesContext(connection) as asked:
            text = admin_client.get(page("change", claim)).content.decode()
        assert "lies whole in “Whole package”" in text
        # The choice of a pot asks once a row for what tells the chosen one; its name asks nothing more.
        return sum('FROM "announcements_pot"' in query["sql"] and "LIMIT 21" in query["sql"] for query in asked)

    few = queries()
    for _ in range(3):
        f.ClaimLinkFactory(claim=claim, pot=f.PotFactory())
    assert queries() == few
