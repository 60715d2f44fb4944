"""Every named constraint of the announcements' tables is attacked where it stands: in the database, past the models."""

import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from announcements.models import (
    Announcement,
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
    Pot,
    PotFacet,
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
from announcements.models.ledger import AppendOnly
from tests import factories as f

pytestmark = pytest.mark.django_db

AT = datetime.datetime(2018, 7, 20, tzinfo=datetime.UTC)

CHANGES = [
    # constraint, a good row of, what is changed about it
    ("announcement_status_known", f.AnnouncementFactory, {"status": "lost"}),
    ("announcement_id_starts_with_a_day", f.AnnouncementFactory, {"slug": "hospital-technology-2018"}),
    ("announcement_id_starts_with_a_day", f.AnnouncementFactory, {"slug": "2018-07-20"}),
    ("announcement_id_starts_with_a_day", f.AnnouncementFactory, {"slug": "2018-07-20-Hospital"}),
    ("announcement_published_has_a_time", f.AnnouncementFactory, {"published_at": None}),
    ("announcement_withdrawn_has_a_reason", f.AnnouncementFactory, {"status": "withdrawn", "withdrawn_reason": ""}),
    ("announcement_titled", f.AnnouncementFactory, {"title": ""}),
    ("announcement_titled", f.AnnouncementFactory, {"summary": ""}),
    ("source_kind_known", f.SourceFactory, {"kind": "rumour"}),
    ("source_has_publisher", f.SourceFactory, {"publisher": ""}),
    ("figure_kind_known", f.FigureFactory, {"kind": "guess"}),
    ("figure_says_what", f.FigureFactory, {"as_stated": ""}),
    ("figure_says_what", f.FigureFactory, {"what": ""}),
    ("response_key_is_a_slug", f.ResponseFactory, {"key": "The King's Fund"}),
    ("response_key_is_a_slug", f.ResponseFactory, {"key": ""}),
    ("response_key_is_a_slug", f.ResponseFactory, {"key": "a\n"}),
    ("response_stance_known", f.ResponseFactory, {"stance": "furious"}),
    ("response_summarised", f.ResponseFactory, {"summary": ""}),
    ("claim_key_is_a_slug", f.ClaimFactory, {"key": "The total"}),
    ("claim_key_is_a_slug", f.ClaimFactory, {"key": ""}),
    ("claim_currency_is_a_code", f.ClaimFactory, {"currency": "gbp"}),
    ("claim_range_has_two_ends", f.ClaimFactory, {"bound": "range"}),
    ("claim_range_has_two_ends", f.ClaimFactory, {"bound": "range", "amount": None, "low": 1}),
    ("claim_range_has_two_ends", f.ClaimFactory, {"bound": "range", "low": 1, "high": 2}),
    ("claim_range_has_two_ends", f.ClaimFactory, {"low": 1, "high": 2}),
    ("claim_low_at_most_high", f.ClaimFactory, {"bound": "range", "amount": None, "low": 3, "high": 2}),
    ("claim_rate_has_day_and_source", f.ClaimFactory, {"currency": "USD", "rate": "0.8"}),
    ("claim_rate_has_day_and_source", f.ClaimFactory, {"currency": "USD", "rate_source": "Bank of England"}),
    (
        "claim_rate_has_day_and_source",
        f.ClaimFactory,
        {"currency": "USD", "rate": "0", "rate_on": "2020-01-01", "rate_source": "Bank of England"},
    ),
    (
        "claim_rate_has_day_and_source",
        f.ClaimFactory,
        {"rate": "1", "rate_on": "2020-01-01", "rate_source": "Bank of England"},
    ),
    ("claim_amount_plausible", f.ClaimFactory, {"amount": 10**15 + 1}),
    ("claim_amount_plausible", f.ClaimFactory, {"bound": "range", "amount": None, "low": 1, "high": 10**15 + 1}),
    ("split_amount_plausible", f.RegionSplitFactory, {"amount": 10**15 + 1}),
    ("link_share_plausible", f.ClaimLinkFactory, {"kind": "overlaps", "low": 1, "high": 10**15 + 1}),
    ("claim_price_year_is_of_real_terms", f.ClaimFactory, {"price_year": 2018}),
    ("claim_effect_fits_its_pot", f.ClaimFactory, {"effect": "repeats"}),
    ("claim_effect_fits_its_pot", f.ClaimFactory, {"introduces_pot": False}),
    ("claim_that_introduces_describes", f.ClaimFactory, {"theme": None}),
    ("claim_that_introduces_describes", f.ClaimFactory, {"sector": ""}),
    ("claim_that_introduces_describes", f.ClaimFactory, {"additionality": ""}),
    ("claim_years_in_order", f.ClaimFactory, {"start_fy": 2020, "end_fy": 2019}),
    ("claim_bound_known", f.ClaimFactory, {"bound": "roughly"}),
    ("claim_measure_known", f.ClaimFactory, {"measure": "monthly"}),
    ("claim_terms_known", f.ClaimFactory, {"terms": "odd"}),
    ("claim_effect_known", f.ClaimFactory, {"introduces_pot": False, "effect": "hints"}),
    ("claim_sector_known", f.ClaimFactory, {"sector": "crown"}),
    ("claim_additionality_known", f.ClaimFactory, {"additionality": "newish"}),
    ("claim_nature_known", f.ClaimFactory, {"nature": "human"}),
    ("claim_instrument_known", f.ClaimFactory, {"instrument": "violin"}),
    ("link_kind_known", f.ClaimLinkFactory, {"kind": "beside"}),
    ("link_share_has_two_ends", f.ClaimLinkFactory, {"kind": "partly_in", "low": 1}),
    ("link_share_has_two_ends", f.ClaimLinkFactory, {"kind": "partly_in", "high": 1}),
    ("link_share_has_two_ends", f.ClaimLinkFactory, {"kind": "overlaps", "low": 2, "high": 1}),
    ("link_whole_has_no_share", f.ClaimLinkFactory, {"kind": "part_of", "low": 1, "high": 2}),
    ("link_whole_has_no_share", f.ClaimLinkFactory, {"kind": "includes", "low": 0, "high": 0}),
    ("pot_reference_names_a_claim", f.PotFactory, {"reference": "2018-07-20-hospital-technology"}),
    ("pot_reference_names_a_claim", f.PotFactory, {"reference": "hospital#total"}),
    ("pot_low_at_most_high", f.PotFactory, {"low": 2, "high": 1}),
    ("pot_low_at_most_high", f.PotFactory, {"low": 2}),
    ("pot_low_at_most_high", f.PotFactory, {"high": 2}),
]


def second_introduction():
    Claim.objects.filter(pk=f.ClaimFactory().pk).update(pot=f.PotFactory(), introduces_pot=True, effect="introduces")


def same_key_twice():
    claim = f.ClaimFactory(key="total")
    f.ClaimFactory(announcement=claim.announcement, pot=claim.pot, key="total")


def same_response_key_twice():
    response = f.ResponseFactory()
    f.ResponseFactory(announcement=response.announcement, key=response.key)


def same_region_twice():
    split = f.RegionSplitFactory()
    f.RegionSplitFactory(claim=split.claim, region=split.region)


def same_target_twice():
    announced = f.AnnouncedTargetFactory()
    f.AnnouncedTargetFactory(announcement=announced.announcement, target=announced.target)


def same_cell_twice(**given):
    cell = f.RollupCellFactory(**given)
    f.RollupCellFactory(theme=cell.theme, region=cell.region, **given)


def same_sum_twice():
    for _ in range(2):
        RollupSum.objects.create(
            generation=0, measure="said", level="theme region sector", first="ai", third="industry"
        )


def same_facet_twice(model, **of):
    for _ in range(2):
        model.objects.create(name="theme", value="not-carried", **of)


def change(**values):
    return Change.objects.create(
        **{"at": AT, "kind": "created", "resource": "pot", "public_id": "2018-07-20-x#y"} | values
    )


def source_check(**values):
    return SourceCheck.objects.create(**{"url": "https://example.org/"} | values)


def revision(**values):
    return Revision.objects.create(**dict.fromkeys(["begun_at", "saved_at", "moved_at"], AT) | values)


def same_version_twice():
    for one in [revision()] * 2:
        RevisionVersion.objects.create(revision=one, version=1, typed={}, by="editor", at=AT)


def two_open_revisions():
    for state in ("draft", "in_review"):
        revision(announcement="2018-07-20-x", state=state)


def forward(**values):
    return Forward.objects.create(**{"thing": "pot", "old": "a", "new": "b", "at": AT} | values)


INSERTS = [
    ("forward_once_a_thing", lambda: [forward(), forward(new="c")]),
    ("forward_thing_known", lambda: forward(thing="rumour")),
    ("forward_leads_elsewhere", lambda: forward(new="a")),
    (
        "doubts_have_a_day",
        lambda: Doubts.objects.create(announcement=f.AnnouncementFactory(), number=1, checked_at=AT),
    ),
    ("revision_state_known", lambda: revision(state="lost")),
    ("revision_open_once_an_announcement", two_open_revisions),
    ("revision_embargo_has_an_end", lambda: revision(state="embargoed", publish_at=AT)),
    ("revision_schedule_has_a_moment", lambda: revision(state="scheduled", embargo_until=AT)),
    ("revision_version_once", same_version_twice),
    (
        "audit_verb_known",
        lambda: AuditEntry.objects.create(at=AT, thing="announcement", key="2018-07-20-x", label="X", verb="lost"),
    ),
    ("source_check_outcome_known", lambda: source_check(checked_at=AT, outcome="rumour")),
    ("source_check_outcome_has_a_moment", lambda: source_check(outcome="answers")),
    ("source_check_failures_have_their_days", lambda: source_check(failures=2)),
    ("source_check_failures_have_their_days", lambda: source_check(failing_since=AT.date(), failed_on=AT.date())),
    ("announcement_facet_once", lambda: same_facet_twice(AnnouncementFacet, announcement=f.AnnouncementFactory())),
    ("pot_facet_once", lambda: same_facet_twice(PotFacet, pot=f.PotFactory())),
    ("change_kind_known", lambda: change(kind="lost")),
    ("change_resource_known", lambda: change(resource="rumour")),
    ("pot_introduced_once", second_introduction),
    ("claim_key_once_an_announcement", same_key_twice),
    ("response_key_once_an_announcement", same_response_key_twice),
    ("split_once_a_region", same_region_twice),
    ("target_once_an_announcement", same_target_twice),
    ("entry_measure_known", lambda: f.LedgerEntryFactory(measure="hoped")),
    ("entry_sector_known", lambda: f.LedgerEntryFactory(sector="crown")),
    ("entry_additionality_known", lambda: f.LedgerEntryFactory(additionality="newish")),
    ("entry_moves_something", lambda: f.LedgerEntryFactory(firm=0, ceiling=0)),
    ("membership_changes_something", lambda: f.MembershipFactory(change=0)),
    ("ledger_head_is_one_row", lambda: LedgerHead.objects.create(pk=2)),
    ("rollup_state_is_one_row", lambda: RollupState.objects.create(pk=2)),
    ("cell_once_with_money_year", lambda: same_cell_twice(money_year=2020)),
    ("cell_once_without_money_year", lambda: same_cell_twice(money_year=None)),
    ("rollup_sum_once", same_sum_twice),
]


def refused(error, name):
    """Whether the database named the constraint; of a unique one SQLite names the columns instead."""
    return name in str(error) or (connection.vendor == "sqlite" and "UNIQUE" in str(error))


@pytest.mark.parametrize(("name", "factory", "changes"), CHANGES)
def test_database_refuses_the_change(name, factory, changes):
    row = factory()
    with pytest.raises(IntegrityError) as refusal:
        type(row)._base_manager.filter(pk=row.pk).update(**changes)
    assert name in str(refusal.value)


@pytest.mark.parametrize(("name", "attack"), INSERTS)
def test_database_refuses_the_row(name, attack):
    with pytest.raises(IntegrityError) as refusal:
        attack()
    assert refused(refusal.value, name)


def test_every_named_constraint_is_attacked():
    named = {
        constraint.name
        for model in apps.get_app_config("announcements").get_models()
        for constraint in model._meta.constraints
    }
    assert named == {name for name, *_ in CHANGES + INSERTS}


def test_every_constraint_that_an_editor_can_meet_says_what_to_mend():
    silent = [
        constraint.name
        for model in (Announcement, Claim, ClaimLink, Figure, Pot, Response, Source)
        for constraint in model._meta.constraints
        if constraint.violation_error_message == models.BaseConstraint.default_violation_error_message
    ]
    assert silent == []


@pytest.mark.parametrize(
    "good",
    [
        {"bound": "range", "amount": None, "low": 0, "high": 0},
        {"amount": None},
        {"currency": "USD", "rate": "0.79", "rate_on": "2020-01-01", "rate_source": "Bank of England"},
        {"terms": "real", "price_year": 2018},
        {"effect": "proposes"},
        {"effect": "allocates"},
        {"start_fy": 2019, "end_fy": 2019},
        {"end_fy": 2019},
        {"sector": "unknown", "nature": "", "instrument": ""},
    ],
)
def test_database_takes_what_lies_just_inside_the_rules(good):
    claim = f.ClaimFactory()
    assert Claim.objects.filter(pk=claim.pk).update(**good) == 1


def test_what_is_cited_is_protected():
    claim = f.ClaimFactory(announcement__programmes=["Genomes"])
    entry = f.LedgerEntryFactory(pot=claim.pot)
    for cited in (claim.pot, claim.theme, claim.announcement.announcer, entry.posting, entry.region):
        with pytest.raises(models.ProtectedError):
            cited.delete()


# The ledger is append-only


@pytest.fixture(params=[f.LedgerEntryFactory, f.MembershipFactory], ids=["entry", "membership"])
def posted(request, db):
    return request.param()


def held(row):
    return type(row).objects.filter(pk=row.pk).values().get()


@pytest.mark.parametrize("statement", ["UPDATE {table} SET why = 'No.'", "DELETE FROM {table}"])
def test_database_refuses_changes_of_the_audit_log(db, statement):
    AuditEntry.objects.create(at=AT, thing="theme", key="ai", label="AI", verb="changed")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=AuditEntry._meta.db_table))
    assert AuditEntry.objects.filter(why="").count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET effective_on = '2001-01-01'",
        "UPDATE {table} SET effective_on = '2001-01-01' WHERE id = {pk}",
        "UPDATE {table} SET id = id + 1000",
        "DELETE FROM {table}",
        "DELETE FROM {table} WHERE id = {pk}",
    ],
)
def test_database_refuses_raw_changes_of_the_ledger(posted, statement):
    before = held(posted)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=posted._meta.db_table, pk=posted.pk))
    assert held(posted) == before


def upsert(row):
    row.effective_on = "2001-01-01"
    type(row)._base_manager.bulk_create(
        [row], update_conflicts=True, unique_fields=["id"], update_fields=["effective_on"]
    )


def changed(row):
    row.effective_on = "2001-01-01"
    return row


@pytest.mark.parametrize(
    "attack",
    [
        lambda row: type(row).objects.update(effective_on="2001-01-01"),
        lambda row: type(row).objects.filter(pk=row.pk).update(effective_on="2001-01-01"),
        lambda row: type(row)._base_manager.update(effective_on="2001-01-01"),
        lambda row: type(row).objects.bulk_update([changed(row)], ["effective_on"]),
        lambda row: changed(row).save(),
        lambda row: changed(row).save(force_update=True),
        lambda row: type(row).objects.update_or_create(pk=row.pk, defaults={"effective_on": "2001-01-01"}),
        lambda row: type(row).objects.all().delete(),
        lambda row: type(row)._base_manager.all().delete(),
        lambda row: type(row).objects.filter(pk=row.pk)._raw_delete("default"),
        lambda row: row.delete(),
        upsert,
    ],
)
def test_nothing_of_ours_changes_the_ledger(posted, attack):
    before = held(posted)
    with pytest.raises((AppendOnly, IntegrityError), match="append-only"), transaction.atomic():
        attack(posted)
    assert held(posted) == before


def test_the_ledger_still_takes_rows_in_bulk(posted):
    posted.pk = None
    type(posted).objects.bulk_create([posted])
    assert type(posted).objects.count() == 2


def test_a_rehearsal_may_empty_the_ledger_and_change_nothing_in_it(posted):
    Rehearsal.objects.create()
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {posted._meta.db_table} SET effective_on = '2001-01-01'")
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {posted._meta.db_table}")
    assert not type(posted).objects.exists()


def test_deleting_an_announcement_leaves_its_ledger_entries():
    entry = f.LedgerEntryFactory()
    claim = entry.pot.claims.get()
    claim.announcement.delete()
    assert (LedgerEntry.objects.count(), Membership.objects.count(), RollupCell.objects.count()) == (1, 0, 0)
