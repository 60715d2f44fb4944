"""The grammar of lists: what finds what, and that nothing misspelt is ever ignored."""

import datetime

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from announcements.choices import Effect, Flag
from announcements.filters import (
    SHOWN,
    AnnouncementFilter,
    AnyYear,
    OrganisationFilter,
    PotFilter,
    ProgrammeFilter,
    ResponseFilter,
    StrictFilterSet,
    TargetFilter,
    TotalsForm,
    nearest,
)
from announcements.ledger import totals
from announcements.models import Announcement, Pot, Response
from programmes.financial_years import FinancialYear
from programmes.models import Organisation, Programme, Target, Theme
from tests.factories import (
    AnnouncementFactory,
    ClaimFactory,
    LedgerEntryFactory,
    MembershipFactory,
    OrganisationFactory,
    PotFactory,
    ProgrammeFactory,
    RegionFactory,
    ResponseFactory,
    TargetFactory,
    ThemeFactory,
)
from tests.stored import write_documents

pytestmark = pytest.mark.django_db


def announcements(query, **options):
    write_documents()
    return AnnouncementFilter(QueryDict(query), Announcement.objects.published(), **options)


def pots(query):
    write_documents()
    return PotFilter(QueryDict(query), Pot.objects.introduced())


def slugs(asked):
    assert asked.faults == []
    return {row.slug for row in asked.qs}


def fault(asked):
    """The only fault of a list, which shows no row."""
    [only] = asked.faults
    assert list(asked.qs) == []
    return only


# Refusals


def test_misspelt_parameter_is_refused_with_the_one_that_was_meant():
    AnnouncementFactory()
    found = fault(announcements("themes=ai"))
    assert (found.parameter, found.nearest) == ("themes", "theme")
    assert {"theme", "region", "q"} <= set(found.allowed)


def test_unknown_value_is_refused_with_the_allowed_ones_and_the_nearest():
    ThemeFactory(key="ai")
    ThemeFactory(key="digital")
    found = fault(announcements("theme=digitl"))
    assert (found.parameter, found.allowed, found.nearest) == ("theme", ("ai", "digital", "_missing"), "digital")


def test_each_unknown_value_of_a_repeated_parameter_is_named():
    ThemeFactory(key="ai")
    assert [fault.message for fault in announcements("theme=x1&theme=ai&theme=x2").faults] == [
        "“x1” is not one of the allowed values.",
        "“x2” is not one of the allowed values.",
    ]


def test_label_of_a_value_leads_to_the_value():
    assert fault(announcements("sector=UK+government")).nearest == "government"


def test_name_of_a_programme_leads_to_its_slug():
    programme = ProgrammeFactory(name="Frontline digitisation")
    found = fault(announcements("programme=Frontline+digitisation"))
    assert (found.nearest, found.allowed) == (programme.slug, None)


def test_values_that_no_database_takes_are_refused():
    assert [fault.parameter for fault in announcements("programme=%00&organisation=%00&theme=%00&q=%00").faults] == [
        "programme",
        "organisation",
        "theme",
        "q",
    ]


def test_parameter_of_one_value_given_twice_is_refused():
    found = fault(announcements("announced_from=2020-01-01&announced_from=2020-01-02"))
    assert "2 times" in found.message


@pytest.mark.parametrize(
    "day", ["2019-02-30", "20190203", "2019-W05-1", "yesterday", "2019-2-3", "٢٠١٩-٠٢-٠٣", "2019-02-03T00:00"]
)
def test_a_day_is_written_in_one_way_only(day):
    assert fault(announcements(f"announced_to={day}")).parameter == "announced_to"


@pytest.mark.parametrize("year", ["2018", "2018-20", "2018/19", "18-19", "0000-01", "9999-00", "2018-2019"])
def test_a_year_is_a_financial_year(year):
    assert fault(announcements(f"year={year}")).parameter == "year"


def test_a_calendar_year_leads_to_the_financial_year_that_begins_in_it():
    assert fault(announcements("year=2018")).nearest == "2018-19"


def test_a_span_that_ends_before_it_begins_is_refused():
    assert fault(announcements("announced_from=2020-01-02&announced_to=2020-01-01")).parameter == "announced_to"
    assert fault(TargetFilter(QueryDict("due_from=2020-01-02&due_to=2020-01-01"), Target.objects.all()))


def test_search_that_cannot_be_read_is_refused_in_the_words_of_the_search():
    found = fault(announcements("q=%22hospital"))
    assert found.parameter == "q"
    assert "quotation mark" in found.message


def test_blank_parameters_are_what_a_form_sends_and_a_program_never_should():
    AnnouncementFactory()
    query = "theme=&q=&announced_from="
    assert len(announcements(query).qs) == 1
    assert [fault.parameter for fault in announcements(query, blanks=False).faults] == ["theme", "q", "announced_from"]
    assert [fault.parameter for fault in announcements("q=%0C", blanks=False).faults] == ["q"]


def test_parameters_that_the_caller_reads_itself_are_let_through():
    assert announcements("page=2", also=["page"]).faults == []
    assert fault(announcements("pages=2", also=["page"])).nearest == "page"


def test_a_list_without_filters_takes_no_parameters():
    assert fault(StrictFilterSet(QueryDict("name=x"), Theme.objects.all())).allowed == ()


def test_long_values_are_cut_short_when_read_back():
    assert len(fault(announcements(f"theme={'x' * 5000}")).message) < 300


@given(st.text(max_size=30), st.text(max_size=30))
def test_nothing_given_is_ever_ignored(name, value):
    data = QueryDict(mutable=True)
    data[name] = value
    asked = AnnouncementFilter(data, Announcement.objects.published(), blanks=False)
    assert name in AnnouncementFilter.base_filters or [fault.parameter for fault in asked.faults] == [name]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("AI", "ai"),
        ("social_care", "social-care"),
        ("yorkshire", "yorkshire-and-the-humber"),
        ("zzz", None),
        ("", None),
    ],
)
def test_nearest_match(word, meant):
    assert nearest(word, ["ai", "social-care", "yorkshire-and-the-humber", "medtech"]) == meant


# Exclusion and what is not stated

LISTS = {
    AnnouncementFilter: Announcement.objects.published,
    PotFilter: Pot.objects.introduced,
    ResponseFilter: Response.objects.of_published,
    TargetFilter: Target.objects.all,
    OrganisationFilter: Organisation.objects.all,
}


@pytest.fixture
def mixture():
    """Some of everything: with and without claims, regions, programmes, amounts, flags, answers and due days."""
    one, two = ProgrammeFactory(slug="one"), ProgrammeFactory(slug="two")
    AnnouncementFactory(announced_on="2018-01-01", announcer=OrganisationFactory(kind="charity", status="closed"))
    AnnouncementFactory(programmes=[one], announced_on="2019-06-01")
    for theme, regions, sector, high, programme, flags in [
        ("ai", ["wales"], "charity", 100, one, []),
        ("ai", ["england", "wales"], "government", None, two, [Flag.NO_AMOUNT]),
        ("digital", ["north-east"], "industry", 5000, None, [Flag.OPEN_ENDED, Flag.NO_RATE]),
    ]:
        claim = ClaimFactory(theme=theme, regions=regions, sector=sector, announcement__announced_on="2020-05-01")
        Pot.objects.filter(pk=claim.pot.pk).update(low=high, high=high, flags=flags)
        if programme:
            MembershipFactory(pot=claim.pot, programme=programme)
        ClaimFactory(pot=claim.pot, announcement=AnnouncementFactory(programmes=[two], announced_on="2020-06-01"))
        ResponseFactory(announcement=claim.announcement, stance="critical")
        ResponseFactory(announcement=AnnouncementFactory(programmes=[one, two]), organisation=OrganisationFactory())
    LedgerEntryFactory(pot=claim.pot, theme=ThemeFactory(key="cancer"), region=RegionFactory(key="scotland"))
    ClaimFactory(announcement=AnnouncementFactory(draft=True), theme="ai")
    for due in ["2030", "2030-03", ""]:
        TargetFactory(due=due).programmes.set([one] if due else [])
    write_documents()


def values_of(field):
    return ["2017-18", "2019-20", "2020-21"] if isinstance(field, AnyYear) else [word for word, _ in field.choices]


@pytest.mark.parametrize("filterset", LISTS, ids=lambda filterset: filterset.__name__)
def test_a_parameter_and_its_exclusion_share_every_row_out_between_them(mixture, filterset):
    rows, tried = LISTS[filterset], 0
    for name, field in filterset(QueryDict(), rows()).form.fields.items():
        if f"not_{name}" not in filterset.base_filters:
            continue
        values = values_of(field)
        for asked in [[value] for value in values] + [[value, values[-1]] for value in values[:-1]]:
            data = QueryDict(mutable=True)
            data.setlist(name, asked)
            without = QueryDict(mutable=True)
            without.setlist(f"not_{name}", asked)
            found, left = filterset(data, rows()), filterset(without, rows())
            assert (found.faults, left.faults) == ([], [])
            found, left = [row.pk for row in found.qs], [row.pk for row in left.qs]
            assert sorted(found + left) == sorted(rows().values_list("pk", flat=True)), (name, asked)
            tried += bool(found and left)
    assert tried > 2


@pytest.mark.parametrize(
    ("filterset", "names"),
    [
        (AnnouncementFilter, ["theme", "region", "sector", "additionality", "programme"]),
        (PotFilter, ["programme", "flag"]),
        (ResponseFilter, ["programme"]),
        (TargetFilter, ["programme"]),
    ],
)
def test_missing_finds_what_no_value_finds(mixture, filterset, names):
    rows = LISTS[filterset]
    fields = filterset(QueryDict(), rows()).form.fields
    for name in names:
        data = QueryDict(mutable=True)
        data.setlist(name, [value for value in values_of(fields[name]) if value != "_missing"])
        missing = set(filterset(QueryDict(f"{name}=_missing"), rows()).qs)
        assert missing, name
        assert missing == set(rows()) - set(filterset(data, rows()).qs)


def test_excluded_value_is_checked_like_any_other():
    ThemeFactory(key="ai")
    found = fault(announcements("not_theme=AI"))
    assert (found.parameter, found.nearest) == ("not_theme", "ai")


def test_several_excluded_values_are_all_left_out():
    ClaimFactory(theme="ai")
    ClaimFactory(theme="digital")
    kept = ClaimFactory(theme="cancer").announcement
    assert slugs(announcements("not_theme=ai&not_theme=digital")) == {kept.slug}


def test_parameters_of_one_value_have_no_exclusion():
    assert {"not_q", "not_announced_from", "not_amount_min"}.isdisjoint(AnnouncementFilter.base_filters)
    assert fault(announcements("not_announced_from=2020-01-01")).parameter == "not_announced_from"


# Announcements


def test_amounts_are_pounds_of_the_high_end_of_one_and_the_same_pot():
    below, inside, above, unknown, both = (ClaimFactory() for _ in range(5))
    beside = ClaimFactory(announcement=both.announcement)
    for claim, high in [(below, 999_99), (inside, 1000_00), (above, 2000_01), (both, 1), (beside, 9999_00)]:
        Pot.objects.filter(pk=claim.pot.pk).update(low=0, high=high)
    repeat = ClaimFactory(pot=inside.pot)
    named = {claim.announcement.slug: claim for claim in (below, inside, above, unknown, both, repeat)}
    for query, expected in [
        ("amount_min=1000&amount_max=2000", {inside, repeat}),
        ("amount_min=1000", {inside, repeat, above, both}),
        ("amount_max=2000", {below, inside, repeat, both}),
        ("amount_max=2000.01", {below, inside, repeat, above, both}),
        ("amount_min=0&amount_max=0.01", {both}),
        ("amount=_missing", {unknown}),
        ("not_amount=_missing", {below, inside, above, both, repeat}),
    ]:
        assert {named[slug] for slug in slugs(announcements(query))} == expected, query
    assert {pot.pk for pot in pots("amount_min=1000&amount_max=2000").qs} == {inside.pot.pk}
    assert {pot.pk for pot in pots("amount=_missing").qs} == {unknown.pot.pk}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("£412m", "412000000"),
        ("1,000,000", "1000000"),
        ("£1.5 billion", "1500000000"),
        ("£10.5", "10.50"),
        ("-1", None),
        ("1e9", None),
        ("1.001", None),
        ("9" * 16, None),
        ("٥", None),
        ("much", None),
        (",", None),
    ],
)
def test_amounts_are_written_in_one_way_only(written, meant):
    data = QueryDict(mutable=True)
    data["amount_min"] = written
    found = fault(AnnouncementFilter(data, Announcement.objects.published()))
    assert (found.parameter, found.nearest) == ("amount_min", meant)


def test_a_range_of_amounts_that_ends_before_it_begins_is_refused():
    assert fault(announcements("amount_min=2&amount_max=1")).parameter == "amount_max"
    assert fault(pots("amount_min=2&amount_max=0")).parameter == "amount_max"


def test_any_of_the_values_of_one_parameter_and_all_of_the_parameters():
    both = ClaimFactory(theme="ai", sector="charity").announcement
    other = ClaimFactory(theme="digital", sector="charity").announcement
    ClaimFactory(theme="cancer", sector="charity")
    ClaimFactory(theme="ai", sector="industry")
    assert slugs(announcements("theme=ai&theme=digital&sector=charity")) == {both.slug, other.slug}


def test_announcement_has_the_theme_that_a_claim_of_it_states():
    announcement = ClaimFactory(theme="ai").announcement
    ClaimFactory(theme="digital")
    assert slugs(announcements("theme=ai")) == {announcement.slug}


def test_announcement_that_repeats_a_pot_has_the_themes_that_its_entries_carry():
    pot = PotFactory(theme="ai")
    LedgerEntryFactory(pot=pot, theme=ThemeFactory(key="ai"))
    repeat = ClaimFactory(pot=pot).announcement
    assert repeat.slug in slugs(announcements("theme=ai"))


def test_region_finds_the_node_and_below_but_not_above():
    below, at, above = (ClaimFactory(regions=[key]).announcement for key in ("north-east", "north-of-england", "uk"))
    split = ClaimFactory(regions=["england"], splits={"north-west": "£1m"}).announcement
    assert slugs(announcements("region=north-of-england")) == {below.slug, at.slug, split.slug}
    assert above.slug in slugs(announcements("region=uk"))


def test_programme_finds_what_names_it_and_what_is_about_its_pots():
    programme = ProgrammeFactory()
    naming = AnnouncementFactory(programmes=[programme])
    about = ClaimFactory()
    MembershipFactory(pot=about.pot, programme=programme)
    former = ClaimFactory()
    MembershipFactory(pot=former.pot, programme=programme)
    MembershipFactory(pot=former.pot, programme=programme, change=-1)
    assert slugs(announcements(f"programme={programme.slug}")) == {naming.slug, about.announcement.slug}
    assert slugs(announcements("programme=_missing")) == {former.announcement.slug}


def test_organisation_is_the_announcer():
    announcement = AnnouncementFactory(announcer=OrganisationFactory())
    AnnouncementFactory()
    assert slugs(announcements(f"organisation={announcement.announcer.slug}")) == {announcement.slug}


def test_organisation_that_announced_nothing_published_is_no_announcer():
    draft = AnnouncementFactory(announcer=OrganisationFactory(), draft=True)
    assert fault(announcements(f"organisation={draft.announcer.slug}")).parameter == "organisation"


def test_year_runs_from_april_to_march():
    days = ["2018-03-31", "2018-04-01", "2019-03-31", "2019-04-01", "2020-04-01"]
    made = [AnnouncementFactory(announced_on=day).slug for day in days]
    assert slugs(announcements("year=2018-19")) == set(made[1:3])
    assert slugs(announcements("year=2018-19&year=2020-21")) == {*made[1:3], made[4]}


def test_days_from_and_to_are_both_included():
    days = ["2018-01-01", "2018-01-02", "2018-01-03", "2018-01-04"]
    made = [AnnouncementFactory(announced_on=day).slug for day in days]
    assert slugs(announcements("announced_from=2018-01-02&announced_to=2018-01-03")) == set(made[1:3])


# Pots


def test_pot_is_found_by_what_published_claims_state_and_drafts_do_not_count():
    pot = PotFactory(theme="ai")
    moved = ClaimFactory(pot=pot, theme="digital", effect=Effect.REVISES)
    ThemeFactory(key="cancer")
    ClaimFactory(pot=pot, theme="cancer", announcement=AnnouncementFactory(draft=True))
    for theme, expected in [("ai", [pot]), ("digital", [moved.pot]), ("cancer", [])]:
        assert list(pots(f"theme={theme}").qs) == expected


def test_pot_is_found_once_by_its_flag():
    pot = PotFactory()
    Pot.objects.filter(pk=pot.pk).update(flags=[Flag.NO_AMOUNT, Flag.OPEN_ENDED])
    PotFactory()
    assert list(pots("flag=open_ended").qs) == [pot]
    assert list(pots("flag=open_ended&flag=no_amount").qs) == [pot]
    assert list(pots("flag=no_rate").qs) == []


def test_pot_is_found_by_programme_or_by_having_none():
    pot, alone = PotFactory(), PotFactory()
    membership = MembershipFactory(pot=pot)
    assert list(pots(f"programme={membership.programme.slug}").qs) == [pot]
    assert list(pots("programme=_missing").qs) == [alone]


def test_pot_in_a_region_is_in_the_regions_around_it():
    pot = PotFactory(regions=["wales"])
    RegionFactory(key="scotland")
    assert list(pots("region=uk").qs) == [pot]
    assert list(pots("region=scotland").qs) == []


def test_pots_by_words_of_their_name():
    hit = PotFactory(name="Scanners for Wales")
    PotFactory(name="Scanners")
    assert list(pots("q=wales+scan").qs) == [hit]


# The other lists


def test_responses_and_targets_by_their_words():
    response = ResponseFactory(summary="Far too little for hospices.")
    ResponseFactory(summary="Welcome.")
    target = TargetFactory(metric="New hospitals")
    assert list(ResponseFilter(QueryDict("q=hospices"), Response.objects.of_published()).qs) == [response]
    assert list(TargetFilter(QueryDict("q=new+HOSPITALS"), Target.objects.all()).qs) == [target]


def test_responses_by_stance_organisation_and_programme():
    programme = ProgrammeFactory()
    response = ResponseFactory(stance="critical", announcement=AnnouncementFactory(programmes=[programme]))
    ResponseFactory(stance="mixed", organisation=OrganisationFactory())
    query = f"stance=critical&organisation={response.organisation.slug}&programme={programme.slug}"
    assert list(ResponseFilter(QueryDict(query), Response.objects.of_published()).qs) == [response]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("due_from=2030-03-15", {"2030", "2030-03", "2030-03-31", "2031"}),
        ("due_from=2030-04-01", {"2030", "2031"}),
        ("due_to=2030-03-15", {"2030", "2030-03", "2029-12-01"}),
        ("due_from=2030-01-01&due_to=2030-12-31", {"2030", "2030-03", "2030-03-31"}),
    ],
)
def test_targets_fall_into_every_span_that_touches_their_day_month_or_year(query, expected):
    for due in ["2029-12-01", "2030", "2030-03", "2030-03-31", "2031", ""]:
        TargetFactory(due=due)
    assert {target.due for target in TargetFilter(QueryDict(query), Target.objects.all()).qs} == expected


def test_organisations_by_words_of_any_of_their_names_in_any_order():
    hit = OrganisationFactory(name="UK Health Security Agency", other_names=["Public Health England"])
    OrganisationFactory(name="Health Foundation")
    for text in ["security+HEALTH", "public+england"]:
        assert list(OrganisationFilter(QueryDict(f"q={text}"), Organisation.objects.all()).qs) == [hit]


def test_percent_and_underscore_are_searched_as_they_are():
    ProgrammeFactory(name="Ten per cent")
    hit = ProgrammeFactory(name="Plan 10%")
    assert list(ProgrammeFilter(QueryDict("q=%25"), Programme.objects.all()).qs) == [hit]


def test_organisations_by_kind_and_status():
    hit = OrganisationFactory(kind="charity", status="closed")
    OrganisationFactory(kind="charity")
    query = QueryDict("kind=charity&kind=regulator&status=closed")
    assert list(OrganisationFilter(query, Organisation.objects.all()).qs) == [hit]


# Totals


def test_question_to_the_totals_in_the_words_of_the_totals():
    RegionFactory(key="wales")
    form = TotalsForm(
        QueryDict(
            "by=region,announced_year&by=region&measure=said&as_at=2020-01-01&known_at=2020-07-01T01:00:00%2B01:00"
            "&region=wales&money_year=2018-19&money_year=_missing&public=false"
        )
    )
    assert form.faults == []
    assert form.cleaned_data["by"] == ["region", "announced_year"]
    assert form.question == {
        "measure": "said",
        "as_at": datetime.date(2020, 1, 1),
        "known_at": datetime.datetime(2020, 7, 1, tzinfo=datetime.UTC),
        "region": ["wales"],
        "money_year": [FinancialYear(2018), totals.NOT_STATED],
        "public": False,
    }


def test_known_at_a_day_means_to_its_end_in_london():
    form = TotalsForm(QueryDict("known_at=2020-07-01"))
    assert form.faults == []
    end = form.question["known_at"]
    assert end < datetime.datetime(2020, 7, 1, 23, 0, tzinfo=datetime.UTC)
    assert end >= datetime.datetime(2020, 7, 1, 22, 59, 59, 999999, tzinfo=datetime.UTC)


@pytest.mark.parametrize("moment", ["2020-07-01T12:00:00", "noon", "2020-13-01", "0001-01-01T00:00:00+14:00"])
def test_known_at_without_a_zone_or_sense_is_refused(moment):
    form = TotalsForm(QueryDict(f"known_at={moment.replace('+', '%2B')}"))
    assert [fault.parameter for fault in form.faults] == ["known_at"]


def test_every_dimension_of_the_totals_can_be_grouped_and_filtered_by():
    form = TotalsForm(QueryDict(f"by={','.join(totals.DIMENSIONS)}"))
    assert form.faults == []
    assert set(form.fields) == {"measure", "as_at", "known_at", *SHOWN, *totals.FILTERS}


def test_totals_leave_out_and_take_a_region_without_those_below():
    RegionFactory(key="wales")
    form = TotalsForm(
        QueryDict("not_money_year=_missing&not_money_year=2018-19&region_itself=wales&not_sector=charity")
    )
    assert form.faults == []
    assert form.where == {
        "not_money_year": [totals.NOT_STATED, FinancialYear(2018)],
        "region_itself": ["wales"],
        "not_sector": ["charity"],
    }
    [found] = TotalsForm(QueryDict("not_region=Wales")).faults
    assert (found.parameter, found.nearest) == ("not_region", "wales")


@pytest.mark.parametrize("query", ["by=themes", "by=theme,,region", "measure=spend", "public=1", "theme=_missing"])
def test_questions_that_the_totals_do_not_know_are_refused(query):
    [found] = TotalsForm(QueryDict(query)).faults
    assert found.parameter == query.partition("=")[0]
