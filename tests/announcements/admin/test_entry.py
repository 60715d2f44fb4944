"""What an editor does in the admin, from an empty form to public totals and back."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry

from announcements.choices import Bound, Effect, LinkKind, Measure, Status
from announcements.ledger import totals
from announcements.models import Announcement, Claim, ClaimLink, Figure, LedgerEntry, Pot, Response, Source
from programmes.models import Organisation, Programme, Region, Theme
from tests import factories as f
from tests.announcements.admin.browsing import client_of, errors, may, page, row, said, typed

M = 100_000_000
"""A million pounds in pence."""

pytestmark = pytest.mark.django_db
TODAY = datetime.date.max


@pytest.fixture(autouse=True)
def reference():
    f.RegionFactory(key="london")
    f.ThemeFactory(key="digital")
    f.OrganisationFactory(name="Department of Health")
    f.ProgrammeFactory(name="Hospital technology")


def announced():
    """The announced total now, straight from the ledger: (firm, ceiling) in pence."""
    return tuple(totals.total(Measure.ANNOUNCED, as_at=TODAY))


def blank(client):
    """An empty announcement form with the least typed that it takes."""
    return typed(client.get(page("add", Announcement))) | {
        "announced_on": "20/07/2018",
        "title": "Hospital technology package",
        "summary": "Money for hospitals' computers.",
        "announcer": Organisation.objects.get(name="Department of Health").pk,
        "programmes": [Programme.objects.get(name="Hospital technology").pk],
    }


def new_pot(**values):
    """A claim as typed into a row of the form, which introduces a pot in England."""
    return {
        "key": "total",
        "name": "Whole package",
        "as_stated": "£412 million",
        "amount": "412,000,000",
        "currency": "GBP",
        "bound": "exact",
        "measure": "total",
        "terms": "cash",
        "effect": "introduces",
        "sector": "government",
        "additionality": "new",
        "theme": "digital",
        "regions": ["england"],
        "all_programmes": "on",
    } | values


def send(client, address, data):
    return client.post(address, data, follow=True)


def enter(client, *claims, sources=1, press="_continue", **values):
    data = blank(client) | values | {press: "Save"}
    for claim in claims:
        row(data, "claims", **claim)
    for _ in range(sources):
        row(data, "sources", url="https://www.gov.uk/x", publisher="GOV.UK", kind="press_release")
    return send(client, page("add", Announcement), data)


# Entering


def test_draft_is_saved_with_claims_pots_and_an_id_of_its_own(editor):
    response = enter(editor, new_pot(), new_pot(key="more", name="More", amount="0.50", as_stated="50p"))
    announcement = Announcement.objects.get()
    assert response.status_code == 200
    assert (announcement.slug, announcement.status) == ("2018-07-20-hospital-technology-package", Status.DRAFT)
    first, second = announcement.claims.in_order()
    assert (first.amount, first.position, first.introduces_pot) == (412 * M, 0, True)
    assert (second.amount, second.position) == (50, 1)
    assert first.pot.reference == "2018-07-20-hospital-technology-package#total"
    assert (first.pot.name, list(first.regions.all())) == ("Whole package", [Region.objects.get(key="england")])
    assert announcement.sources.get().position == 0
    assert not LedgerEntry.objects.exists()


def test_page_that_is_sent_back_untouched_changes_nothing(publisher):
    claim = f.ClaimFactory(
        announcement__programmes=["Hospital technology"],
        start_fy=2018,
        end_fy=2020,
        amount=123_456_789_01,
        profile={"2018-19": "£4.2m", "2019-20": 101},
        price_year=None,
        funders=["NHS trusts", "Councils"],
        tags=["ai"],
    )
    announcement = claim.announcement
    f.ClaimFactory(announcement=announcement, pot=claim.pot)
    f.SourceFactory(announcement=announcement)
    f.FigureFactory(announcement=announcement)
    f.ResponseFactory(announcement=announcement, claim=claim)
    f.AnnouncedTargetFactory(announcement=announcement)
    before = list(Claim.objects.order_by("pk").values())
    for obj in (announcement, *announcement.claims.all()):
        address = page("change", obj)
        response = send(publisher, address, typed(publisher.get(address)) | {"_continue": "Save"})
        assert errors(response) == {}
        assert LogEntry.objects.latest("pk").get_change_message() == "No fields changed."
    assert list(Claim.objects.order_by("pk").values()) == before


def test_money_years_and_lists_are_shown_as_they_are_typed(editor):
    claim = f.ClaimFactory(
        announcement__draft=True,
        amount=41_200_000_050,
        start_fy=2018,
        profile={"2019-20": "£1.5m", "2018-19": 420_000_000_10},
        funders=["NHS trusts", "Councils"],
    )
    shown = typed(editor.get(page("change", claim)))
    assert shown["amount"] == "412,000,000.50"
    assert str(shown["start_fy"]) == "2018-19"
    assert shown["profile"] == "2018-19 420,000,000.10\n2019-20 1,500,000"
    assert shown["funders"] == "NHS trusts\nCouncils"


def test_claim_page_keeps_profile_splits_and_links_in_pence(editor):
    claim = f.ClaimFactory(announcement__draft=True)
    older = f.PotFactory()
    data = typed(editor.get(page("change", claim))) | {
        "profile": "2018-19 4200000.00\n2019-20 1,000.01\n",
        "recipients": "Trusts\n\n Practices ",
        "start_fy": "2018-19",
    }
    row(data, "splits", region="london", amount="1,000,000.01")
    row(data, "links", kind="part_of", pot=older.pk)
    row(data, "links", kind="overlaps", pot=f.PotFactory().pk, low="0", high="5,000,000")
    response = send(editor, page("change", claim), data)
    assert response.redirect_chain
    claim.refresh_from_db()
    assert claim.profile == {"2018-19": 420_000_000, "2019-20": 100_001}
    assert claim.recipients == ["Trusts", "Practices"]
    assert claim.start_fy == 2018
    assert claim.splits.get().amount == 100_000_001
    assert list(claim.links.order_by("pk").values_list("kind", "pot", "low", "high", "position"))[0] == (
        LinkKind.PART_OF,
        older.pk,
        None,
        None,
        0,
    )
    assert claim.links.get(kind="overlaps").high == 5 * M


def test_range_takes_two_ends_and_no_amount(editor):
    enter(editor, new_pot(amount="", low="1,200,000,000", high="1,500,000,000", bound="range"))
    claim = Claim.objects.get()
    assert (claim.bound, claim.amount, claim.low, claim.high) == (Bound.RANGE, None, 1200 * M, 1500 * M)


def test_claim_about_an_older_pot_makes_no_pot(editor):
    older = f.PotFactory()
    enter(editor, {**new_pot(effect="repeats", pot=older.pk, sector="", additionality="", theme=""), "regions": []})
    claim = Claim.objects.get(announcement__status=Status.DRAFT)
    assert (claim.pot, claim.introduces_pot, claim.effect) == (older, False, Effect.REPEATS)
    assert Pot.objects.count() == 1


MISTAKES = [
    # what is typed into a claim that is right otherwise, and the field that the page blames
    ({"amount": "£412m"}, "amount"),
    ({"amount": "-5"}, "amount"),
    ({"amount": "1.005"}, "amount"),
    ({"amount": "41,2"}, "amount"),
    ({"amount": "9" * 25}, "amount"),
    ({"amount": "", "bound": "range", "low": "5"}, "amount"),
    ({"amount": "5", "bound": "range", "low": "5", "high": "6"}, "amount"),
    ({"amount": "", "bound": "range", "low": "6", "high": "5"}, "low"),
    ({"effect": "repeats"}, "pot"),
    ({"regions": []}, "regions"),
    ({"theme": ""}, "theme"),
    ({"sector": ""}, "theme"),
    ({"key": "The Total"}, "key"),
    ({"currency": "pounds"}, "currency"),
    ({"currency": "USD", "rate": "0.8"}, "rate"),
    ({"price_year": "2018-19"}, "price_year"),
    ({"price_year": "2018", "terms": "real"}, "price_year"),
    ({"start_fy": "2018-20"}, "start_fy"),
    ({"start_fy": "2019-20", "end_fy": "2018-19"}, "end_fy"),
    ({"profile": "2018-19: lots"}, "profile"),
    ({"profile": "2018-19 5\n2018-19 6"}, "profile"),
    ({"profile": "2018-19 4.2m"}, "profile"),
    ({"funders": "A\nA"}, "funders"),
]


def test_each_mistake_is_told_beside_its_field_and_nothing_is_saved(editor):
    claims = [new_pot(**{"key": f"claim-{number}"} | wrong) for number, (wrong, _) in enumerate(MISTAKES)]
    response = enter(editor, *claims)
    assert list(errors(response)) == [f"claims-{number}-{field}" for number, (_, field) in enumerate(MISTAKES)]
    assert not Announcement.objects.exists()
    assert not Pot.objects.exists()


def test_amount_with_a_scale_is_offered_in_full(editor):
    response = enter(
        editor, new_pot(amount="£5m", profile="2018-19 1.2 billion"), new_pot(key="odd", amount="1.23456789k")
    )
    assert errors(response) == {
        "claims-0-amount": ["“£5m” is not written in full: write 5,000,000."],
        "claims-0-profile": ["“1.2 billion” is not written in full: write 1,200,000,000."],
        "claims-1-amount": [
            "“1.23456789k” is not an amount: write it in full, such as 412,000,000 or 412000000.50.",
        ],
    }


def test_introducing_a_pot_that_is_named_is_a_mistake(editor):
    response = enter(editor, new_pot(pot=f.PotFactory().pk))
    assert list(errors(response)) == ["claims-0-effect"]


def test_two_claims_of_one_key_are_a_mistake(editor):
    response = enter(editor, new_pot(), new_pot())
    assert response.status_code == 200
    assert not Announcement.objects.exists()


def test_id_has_to_start_with_the_day(editor):
    response = enter(editor, slug="2018-07-21-hospital-technology")
    assert list(errors(response)) == ["slug"]


def test_renaming_a_draft_and_its_claims_renames_their_pots(editor):
    enter(editor, new_pot())
    announcement = Announcement.objects.get()
    data = typed(editor.get(page("change", announcement)))
    data |= {"slug": "2018-07-20-computers", "claims-0-key": "whole", "claims-0-name": "All of it"}
    send(editor, page("change", announcement), data)
    pot = Pot.objects.get()
    assert (pot.reference, pot.name) == ("2018-07-20-computers#whole", "All of it")


def test_claim_that_turns_out_to_repeat_gives_up_its_pot(editor):
    older = f.PotFactory()
    enter(editor, new_pot())
    claim = Claim.objects.get(announcement__status=Status.DRAFT)
    data = typed(editor.get(page("change", claim))) | {"effect": "repeats", "pot": older.pk}
    send(editor, page("change", claim), data)
    claim.refresh_from_db()
    assert (claim.pot, claim.introduces_pot) == (older, False)
    assert list(Pot.objects.all()) == [older]


# Publishing


def test_save_and_publish_posts_the_claims(publisher):
    response = enter(publisher, new_pot(), press="_publish")
    announcement = Announcement.objects.get()
    assert announcement.status == Status.PUBLISHED
    assert announced() == (412 * M, 412 * M)
    assert "“Hospital technology package” is published." in said(response)


def test_repeating_an_older_pot_adds_nothing_and_a_new_component_adds_itself(publisher):
    enter(publisher, new_pot(), press="_publish")
    older = Pot.objects.get()
    enter(
        publisher,
        {**new_pot(key="again", effect="repeats", pot=older.pk, sector="", additionality="", theme=""), "regions": []},
        new_pot(key="scanners", name="Scanners", amount="30000000"),
        press="_publish",
        title="More for hospitals",
        announced_on="01/10/2019",
    )
    assert Announcement.objects.published().count() == 2
    assert announced() == (442 * M, 442 * M)
    assert totals.total(Measure.SAID, as_at=TODAY).firm == (412 + 412 + 30) * M


def test_unfinished_announcement_is_saved_and_not_published_with_every_reason(publisher):
    draft = f.PotFactory(announcement=f.AnnouncementFactory(draft=True), name="Not yet")
    response = enter(
        publisher,
        {**new_pot(effect="repeats", pot=draft.pk), "regions": []},
        sources=0,
        press="_publish",
        announced_on="01/01/2099",
    )
    announcement = Announcement.objects.get(title="Hospital technology package")
    assert announcement.status == Status.DRAFT
    messages = "\n".join(said(response))
    assert "in the future" in messages
    assert "no source" in messages
    assert "“Not yet”, which no published announcement introduces" in messages
    assert "is not published yet" in messages
    assert "no source" in response.content.decode().split("To mend before it can be published")[1]


def part(**values):
    return new_pot(key="prescribing", name="Prescribing", as_stated="£78 million", amount="78,000,000") | values


def test_pots_side_by_side_are_published_only_once_that_is_confirmed(publisher):
    response = enter(publisher, new_pot(), part(), press="_publish")
    announcement = Announcement.objects.get()
    assert announcement.status == Status.DRAFT
    assert response.redirect_chain[-1][0] == page("publish", announcement)
    assert "It was saved, and is not published yet." in said(response)
    text = " ".join(response.content.decode().split())
    assert "These pots will be added to each other:</strong> “Whole package”, “Prescribing”." in text
    assert "<td> £412,000,000 " in text
    assert "<td> £78,000,000 " in text
    assert page("change", Claim.objects.get(key="prescribing")) in text
    assert announced() == (0, 0)
    response = send(publisher, page("publish", announcement), {})
    assert "“Hospital technology package” is published." in said(response)
    assert announced() == (490 * M, 490 * M)


def test_part_that_is_linked_before_it_is_published_counts_inside_its_whole(publisher):
    enter(publisher, new_pot(), part(), press="_publish")
    claim = Claim.objects.get(key="prescribing")
    data = typed(publisher.get(page("change", claim)))
    row(data, "links", kind="part_of", pot=Claim.objects.get(key="total").pot.pk)
    send(publisher, page("change", claim), data)
    address = page("change", claim.announcement)
    send(publisher, address, typed(publisher.get(address)) | {"_publish": "Save and publish"})
    assert Announcement.objects.get().status == Status.PUBLISHED
    assert announced() == (412 * M, 412 * M)


@pytest.mark.parametrize(
    "never_added", [{"effect": "proposes"}, {"measure": "breakdown"}, {"terms": "real"}, {"amount": ""}]
)
def test_pot_that_is_never_added_asks_for_no_confirmation(publisher, never_added):
    enter(publisher, new_pot(), part(**never_added), press="_publish")
    assert Announcement.objects.get().status == Status.PUBLISHED
    assert announced()[0] == 412 * M


def test_confirmation_says_what_each_claim_counts_as(publisher):
    draft = f.AnnouncementFactory(draft=True)
    older = f.PotFactory(name="Older")
    f.ClaimFactory(announcement=draft, amount="£10m", measure="per_year", start_fy=2018, end_fy=2020)
    f.ClaimFactory(announcement=draft, amount="£7m", bound="up_to", part_of=[older])
    f.ClaimFactory(announcement=draft, amount="£3m", measure="level")
    f.ClaimFactory(announcement=draft, pot=older, effect="cancels", amount=None)
    text = publisher.get(page("publish", draft)).content.decode()
    for words in ("£30,000,000", "£0 to £7,000,000", "lies whole in “Older”", "never added", "All that it had."):
        assert words in text, words


def test_nobody_confirms_without_the_permission_and_what_is_public_is_not_asked_about(editor, publisher):
    draft = f.AnnouncementFactory(draft=True)
    assert editor.get(page("publish", draft)).status_code == 403
    assert editor.post(page("publish", draft)).status_code == 403
    response = send(publisher, page("publish", draft), {})
    assert said(response) == ["It has no source: name at least one."]
    public = f.AnnouncementFactory()
    assert publisher.get(page("publish", public)).url == page("change", public)


def test_new_claims_are_followed_by_the_way_to_their_own_pages(editor):
    assert "entered on each claim’s own page" in editor.get(page("add", Announcement)).content.decode()
    response = enter(editor, new_pot(name="Whole & all"), part())
    [message] = [message for message in said(response) if "on each claim’s page" in message]
    for claim in Claim.objects.all():
        assert page("change", claim) in message
    assert "Whole &amp; all" in message
    address = page("change", Announcement.objects.get())
    response = send(editor, address, typed(editor.get(address)) | {"note": "Read."})
    assert not any("on each claim’s page" in message for message in said(response))


def test_editing_a_published_claim_posts_the_difference(publisher):
    enter(publisher, new_pot(), press="_publish")
    announcement = Announcement.objects.get()
    before = LedgerEntry.objects.count()
    data = typed(publisher.get(page("change", announcement))) | {"claims-0-amount": "400,000,000"}
    send(publisher, page("change", announcement), data)
    assert announced() == (400 * M, 400 * M)
    assert LedgerEntry.objects.count() > before
    assert Announcement.objects.get().status == Status.PUBLISHED


def test_editing_on_the_claim_page_posts_too(publisher):
    enter(publisher, new_pot(), press="_publish")
    claim = Claim.objects.get()
    data = typed(publisher.get(page("change", claim))) | {"amount": "410,000,000"}
    send(publisher, page("change", claim), data)
    assert announced() == (410 * M, 410 * M)


def test_linking_two_published_pots_takes_the_shared_money_off(publisher):
    enter(publisher, new_pot(), press="_publish")
    part = f.ClaimFactory(announcement__announced_on="2019-01-01", amount="£78m")
    f.SourceFactory(announcement=part.announcement)
    whole = Pot.objects.get(reference__startswith="2018")
    data = typed(publisher.get(page("change", part)))
    row(data, "links", kind="part_of", pot=whole.pk)
    send(publisher, page("change", part), data)
    assert announced() == (412 * M, 412 * M)
    data = typed(publisher.get(page("change", part))) | {"links-0-DELETE": "on"}
    send(publisher, page("change", part), data)
    assert not ClaimLink.objects.exists()
    assert announced() == (490 * M, 490 * M)


def test_removing_a_published_claim_takes_its_money_back_and_keeps_the_record(publisher):
    enter(publisher, new_pot(), new_pot(key="more", amount="1"), press="_publish")
    announcement = Announcement.objects.get()
    send(publisher, page("publish", announcement), {})
    assert announced()[0] == 412 * M + 100
    data = typed(publisher.get(page("change", announcement))) | {"claims-1-DELETE": "on"}
    send(publisher, page("change", announcement), data)
    assert announced()[0] == 412 * M
    assert Pot.objects.filter(reference__endswith="#more", entries__isnull=False).exists()
    claim = Claim.objects.get()
    response = send(publisher, page("delete", claim), {"post": "yes"})
    assert "was deleted successfully" in "\n".join(said(response))
    assert announced() == (0, 0)


def test_edit_that_would_leave_a_published_announcement_wrong_is_refused_as_a_whole(publisher):
    enter(publisher, new_pot(), press="_publish")
    announcement = Announcement.objects.get()
    data = typed(publisher.get(page("change", announcement))) | {
        "title": "Another title",
        "claims-0-amount": "1",
        "sources-0-DELETE": "on",
    }
    response = send(publisher, page("change", announcement), data)
    assert errors(response) == {"__all__": ["It has no source: name at least one."]}
    assert typed(response)["title"] == "Another title"
    assert "was changed successfully" not in "\n".join(said(response))
    announcement.refresh_from_db()
    assert announcement.title == "Hospital technology package"
    assert (announced()[0], Source.objects.count(), Claim.objects.get().amount) == (412 * M, 1, 412 * M)


def test_link_that_closes_a_circle_is_refused_on_the_claim_page(publisher):
    inner = f.ClaimFactory(announcement__announced_on="2019-01-01")
    outer = f.ClaimFactory(announcement__announced_on="2019-01-02", includes=[inner.pot])
    for claim in (inner, outer):
        f.SourceFactory(announcement=claim.announcement)
    data = typed(publisher.get(page("change", inner)))
    row(data, "links", kind="includes", pot=outer.pot.pk)
    response = send(publisher, page("change", inner), data)
    assert "go in a circle" in errors(response)["__all__"][0]
    assert ClaimLink.objects.count() == 1


def test_pot_inside_itself_is_a_mistake_beside_the_link(editor):
    claim = f.ClaimFactory(announcement__draft=True)
    data = typed(editor.get(page("change", claim)))
    row(data, "links", kind="part_of", pot=claim.pot.pk)
    assert list(errors(send(editor, page("change", claim), data))) == ["links-0-pot"]


def test_last_source_of_a_published_announcement_cannot_be_deleted(publisher):
    enter(publisher, new_pot(), press="_publish")
    response = send(publisher, page("delete", Source.objects.get()), {"post": "yes"})
    assert said(response) == ["It has no source: name at least one."]
    assert Source.objects.count() == 1


def test_bulk_publishing_takes_introductions_first_and_tells_each_refusal(publisher):
    enter(publisher, new_pot())
    first = Announcement.objects.get()
    later = f.ClaimFactory(announcement__draft=True, announcement__announced_on="2019-01-01", pot=Pot.objects.get())
    f.SourceFactory(announcement=later.announcement)
    bare = f.AnnouncementFactory(draft=True, announced_on="2017-01-01")
    response = send(
        publisher,
        page("changelist", Announcement),
        {"action": "publish_selected", "_selected_action": [later.announcement.pk, bare.pk, first.pk]},
    )
    assert set(Announcement.objects.published()) == {first, later.announcement}
    assert f"{bare.slug}: It has no source: name at least one." in said(response)
    assert announced() == (412 * M, 412 * M)


# Withdrawing


def test_withdrawing_takes_the_money_back_and_keeps_the_reason(publisher):
    enter(publisher, new_pot(), press="_publish")
    announcement = Announcement.objects.get()
    assert "Reason" in publisher.get(page("withdraw", announcement)).content.decode()
    response = send(publisher, page("withdraw", announcement), {"reason": "It was a spoof."})
    announcement.refresh_from_db()
    assert (announcement.status, announcement.withdrawn_reason) == (Status.WITHDRAWN, "It was a spoof.")
    assert announced() == (0, 0)
    assert "is withdrawn" in said(response)[0]


def test_withdrawing_without_a_reason_asks_again(publisher):
    enter(publisher, new_pot(), press="_publish")
    response = send(publisher, page("withdraw", Announcement.objects.get()), {"reason": "  "})
    assert said(response) == ["Give the reason: readers are shown it."]
    assert Announcement.objects.get().status == Status.PUBLISHED


def test_withdrawing_what_others_lean_on_is_refused_with_their_names(publisher):
    enter(publisher, new_pot(), press="_publish")
    announcement = Announcement.objects.get()
    later = f.ClaimFactory(announcement__announced_on="2019-01-01", pot=Pot.objects.get())
    response = send(publisher, page("withdraw", announcement), {"reason": "It was a spoof."})
    assert later.announcement.slug in said(response)[0]
    assert Announcement.objects.get(pk=announcement.pk).status == Status.PUBLISHED


def test_bulk_withdrawing_asks_for_one_reason_and_takes_the_latest_first(publisher):
    enter(publisher, new_pot(), press="_publish")
    later = f.ClaimFactory(announcement__announced_on="2019-01-01", pot=Pot.objects.get()).announcement
    data = {
        "action": "withdraw_selected",
        "_selected_action": [announcement.pk for announcement in Announcement.objects.all()],
    }
    asked = send(publisher, page("changelist", Announcement), data).content.decode()
    assert later.title in asked
    assert 'name="action" value="withdraw_selected"' in asked
    send(publisher, page("changelist", Announcement), data | {"reason": "Spoofs."})
    assert set(Announcement.objects.values_list("status", "withdrawn_reason")) == {("withdrawn", "Spoofs.")}
    assert announced() == (0, 0)


def test_withdrawn_announcement_is_published_again(publisher):
    enter(publisher, new_pot(), press="_publish")
    announcement = Announcement.objects.get()
    send(publisher, page("withdraw", announcement), {"reason": "By mistake."})
    data = typed(publisher.get(page("change", announcement))) | {"_publish": "Save and publish"}
    send(publisher, page("change", announcement), data)
    announcement.refresh_from_db()
    assert (announcement.status, announcement.withdrawn_reason) == (Status.PUBLISHED, "")
    assert announced() == (412 * M, 412 * M)


# What stays as it is


def test_what_has_been_public_keeps_its_names(publisher):
    enter(publisher, new_pot(), press="_publish")
    announcement = Announcement.objects.get()
    data = typed(publisher.get(page("change", announcement)))
    assert "slug" not in data
    assert "claims-0-key" not in data
    send(publisher, page("change", announcement), data | {"slug": "2018-07-20-x", "claims-0-key": "x", "note": "Read."})
    announcement.refresh_from_db()
    assert (announcement.slug, announcement.note) == ("2018-07-20-hospital-technology-package", "Read.")
    assert Claim.objects.get().key == "total"


def test_public_announcement_is_withdrawn_and_never_deleted(publisher):
    enter(publisher, new_pot(), press="_publish")
    announcement = Announcement.objects.get()
    asked = publisher.get(page("delete", announcement)).content.decode()
    assert "its record stays: withdraw it instead" in asked
    send(publisher, page("delete", announcement), {"post": "yes"})
    assert Announcement.objects.filter(pk=announcement.pk).exists()


def test_draft_is_deleted_with_its_pots(editor):
    enter(editor, new_pot())
    send(editor, page("delete", Announcement.objects.get()), {"post": "yes"})
    assert not Announcement.objects.exists()
    assert not Pot.objects.exists()


def test_claim_that_others_lean_on_stays_and_they_are_named(editor):
    enter(editor, new_pot())
    claim = Claim.objects.get()
    later = f.ClaimFactory(announcement__draft=True, pot=claim.pot)
    assert later.announcement.slug in editor.get(page("delete", claim)).content.decode()
    send(editor, page("delete", claim), {"post": "yes"})
    data = typed(editor.get(page("change", claim.announcement))) | {"claims-0-DELETE": "on"}
    response = send(editor, page("change", claim.announcement), data)
    assert later.announcement.slug in errors(response)["claims-0-__all__"][0]
    assert Claim.objects.filter(pk=claim.pk).exists()


def test_claim_cannot_leave_its_announcement(editor):
    claim = f.ClaimFactory(announcement__draft=True)
    data = typed(editor.get(page("change", claim))) | {"announcement": f.AnnouncementFactory(draft=True).pk}
    send(editor, page("change", claim), data)
    assert Claim.objects.get().announcement == claim.announcement


def test_response_answers_a_claim_of_its_own_announcement(editor):
    response = f.ResponseFactory(announcement__draft=True)
    stranger = f.ClaimFactory(announcement__draft=True)
    data = typed(editor.get(page("change", response))) | {"claim": stranger.pk}
    assert list(errors(send(editor, page("change", response), data))) == ["claim"]


def test_a_response_gets_its_key_when_it_is_entered_and_keeps_it(editor):
    draft = f.AnnouncementFactory(draft=True)
    union = f.OrganisationFactory(name="A union")
    data = typed(editor.get(page("change", draft)))
    for summary in ("Good.", "Bad."):
        row(data, "responses", organisation=union.pk, stance="mixed", summary=summary)
    send(editor, page("change", draft), data)
    assert [response.key for response in draft.responses.order_by("position")] == ["a-union", "a-union-2"]
    answer = draft.responses.get(key="a-union")
    other = f.OrganisationFactory(name="A trust")
    send(editor, page("change", answer), typed(editor.get(page("change", answer))) | {"organisation": other.pk})
    assert draft.responses.get(organisation=other).key == "a-union"


def test_parts_have_pages_of_their_own(editor):
    draft = f.AnnouncementFactory(draft=True)
    f.SourceFactory(announcement=draft)
    data = typed(editor.get(page("add", Source))) | {"announcement": draft.pk, "publisher": "The Times"}
    send(editor, page("add", Source), data)
    data = typed(editor.get(page("add", Figure))) | {"announcement": draft.pk, "as_stated": "5", "what": "jobs"}
    send(editor, page("add", Figure), data)
    data = typed(editor.get(page("add", Response))) | {
        "announcement": draft.pk,
        "organisation": f.OrganisationFactory().pk,
        "stance": "critical",
        "summary": "Too little.",
    }
    send(editor, page("add", Response), data)
    data = typed(editor.get(page("add", Claim))) | new_pot() | {"announcement": draft.pk}
    send(editor, page("add", Claim), data)
    assert draft.sources.get(publisher="The Times").position == 1
    assert draft.figures.get().what == "jobs"
    assert draft.responses.get().summary == "Too little."
    assert draft.responses.get().key == draft.responses.get().organisation.slug
    assert draft.claims.get().pot.reference == f"{draft.slug}#total"
    send(editor, page("delete", draft.figures.get()), {"post": "yes"})
    assert not draft.figures.exists()


# Who may


def test_without_the_permission_nobody_publishes_or_withdraws(editor, publisher):
    response = enter(editor, new_pot())
    announcement = Announcement.objects.get()
    assert "Save and publish" not in response.content.decode()
    data = typed(editor.get(page("change", announcement))) | {"_publish": "Save and publish"}
    assert editor.post(page("change", announcement), data).status_code == 403
    action = {"action": "publish_selected", "_selected_action": [announcement.pk]}
    send(editor, page("changelist", Announcement), action)
    assert Announcement.objects.get().status == Status.DRAFT
    send(publisher, page("changelist", Announcement), action)
    assert Announcement.objects.get().status == Status.PUBLISHED
    assert editor.post(page("withdraw", announcement), {"reason": "No."}).status_code == 403
    send(editor, page("changelist", Announcement), action | {"action": "withdraw_selected", "reason": "No."})
    assert Announcement.objects.get().status == Status.PUBLISHED


def test_without_the_permission_nothing_published_is_changed(editor):
    claim = f.ClaimFactory()
    source = f.SourceFactory(announcement=claim.announcement)
    for obj in (claim.announcement, claim, source):
        assert editor.get(page("change", obj)).status_code == 200
        assert editor.post(page("change", obj), {}).status_code == 403
        assert editor.post(page("delete", obj), {"post": "yes"}).status_code == 403
    data = typed(editor.get(page("add", Source))) | {"announcement": claim.announcement.pk, "publisher": "The Times"}
    assert editor.post(page("add", Source), data).status_code == 403
    assert Source.objects.get() == source


def test_model_permissions_rule_as_ever(client, db):
    reader = client_of(may("view_announcement"))
    announcement = f.AnnouncementFactory(draft=True)
    assert reader.get(page("change", announcement)).status_code == 200
    assert reader.post(page("change", announcement), {}).status_code == 403
    assert reader.get(page("add", Announcement)).status_code == 403
    assert reader.get(page("changelist", Claim)).status_code == 403
    assert client.get(page("changelist", Announcement)).status_code == 302


def test_what_was_done_is_logged_with_who(publisher):
    enter(publisher, new_pot(), press="_publish")
    send(publisher, page("withdraw", Announcement.objects.get()), {"reason": "A spoof."})
    log = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert log[-2:] == ["Published.", "Withdrawn: A spoof."]
    assert Theme.objects.count() == 1
