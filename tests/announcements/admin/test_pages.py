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
    Claim,
    ClaimLink,
    Doubts,
    Figure,
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
    Response,
    Revision,
    RevisionVersion,
    RollupCell,
    RollupState,
    RollupSum,
    Source,
    SourceCheck,
)
from programmes.models import Deflator
from tests import factories as f
from tests.announcements.admin.browsing import client_of, may, page
from tests.newsroom import publish

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
ONLY_LOOKED_AT = [
    Announcement,
    AuditEntry,
    Claim,
    Figure,
    LedgerEntry,
    LedgerHead,
    Membership,
    Posting,
    Pot,
    RollupCell,
    Response,
    RollupState,
    Source,
    SourceCheck,
]
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


def test_page_of_an_announcement_shows_what_hangs_on_it_and_leads_to_the_entry_page(admin_client):
    everything()
    announcement = Announcement.objects.exclude(sources=None).get()
    address = page("change", announcement)
    text = admin_client.get(address).content.decode()
    assert announcement.sources.get().url in text
    assert all(claim.name in text for claim in announcement.claims.all())
    assert reverse("admin:announcements_revision_revise", args=[announcement.slug]) in text
    assert page("withdraw", announcement) in text
    with CaptureQueriesContext(connection) as few:
        admin_client.get(address)
    for _ in range(3):
        f.ClaimFactory(announcement=announcement, theme="ai")
        f.SourceFactory(announcement=announcement)
    with CaptureQueriesContext(connection) as more:
        admin_client.get(address)
    assert len(more) == len(few)


def test_only_a_draft_is_deleted_and_its_pots_with_it(admin_client):
    draft = f.AnnouncementFactory(draft=True)
    whole = f.PotFactory(announcement=draft)
    leaning = f.ClaimFactory(announcement__draft=True, announcement__announced_on="2021-01-01", part_of=[whole])
    admin_client.post(page("delete", draft), {"post": "yes"})
    assert Pot.objects.filter(pk=whole.pk).exists(), "another claim leans on it"
    admin_client.post(page("delete", leaning.announcement), {"post": "yes"})
    admin_client.post(page("delete", draft), {"post": "yes"})
    assert not Announcement.objects.exists()
    assert not Pot.objects.exists()
    public = f.ClaimFactory().announcement
    assert admin_client.post(page("delete", public), {"post": "yes"}).status_code == 403
    assert AuditEntry.objects.filter(verb="deleted").count() == 2


def test_withdrawing_asks_for_the_reason_that_readers_are_shown(admin_client, admin_user):
    announcement = f.SourceFactory(announcement__draft=True).announcement
    publish(announcement, at=timezone.now())
    assert "Reason" in admin_client.get(page("withdraw", announcement)).content.decode()
    assert "Give the reason" in admin_client.post(page("withdraw", announcement), {"reason": " "}).content.decode()
    chosen = {"action": "withdraw_selected", "_selected_action": [announcement.pk], "reason": "A spoof."}
    admin_client.post(page("changelist", Announcement), chosen)
    announcement.refresh_from_db()
    assert (announcement.status, announcement.withdrawn_reason) == ("withdrawn", "A spoof.")


def test_whoever_may_not_publish_withdraws_nothing(db):
    announcement = f.SourceFactory(announcement__draft=True).announcement
    publish(announcement, at=timezone.now())
    editor = client_of(may("view_announcement", "add_revision"))
    assert page("withdraw", announcement) not in editor.get(page("change", announcement)).content.decode()
    assert editor.post(page("withdraw", announcement), {"reason": "A spoof."}).status_code == 403
    announcement.refresh_from_db()
    assert announcement.is_published
