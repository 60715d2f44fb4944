"""Addresses of what was merged lead to what it is now."""

import datetime

import pytest

from announcements.facts import loading
from announcements.models import Announcement, Forward, Pot
from announcements.newsroom import merging
from programmes.models import Organisation
from tests.announcements.facts.samples import AT, TODAY, announcement, claim, document
from tests.factories import OrganisationFactory, RegionFactory, ThemeFactory

FUND, AGAIN, DOUBLE = "2020-01-10-fund", "2020-03-01-again", "2020-01-10-fund-again"
ACT = {"why": "One.", "by": "reviewer", "at": AT + datetime.timedelta(hours=1), "today": TODAY}


@pytest.fixture
def merged(db):
    """Of two each one is merged: announcements, pots, organisations."""
    ThemeFactory()
    RegionFactory()
    kept = OrganisationFactory(name="Department of Health and Social Care", slug="dhsc")
    gone = OrganisationFactory(name="Department of Health", slug="doh")
    said = [announcement(FUND, claim("total")), announcement(AGAIN, claim("same")), announcement(DOUBLE, claim("x"))]
    loading.load([("", document(*said))], at=AT, today=TODAY)
    pot = Pot.objects.get
    merging.merge_pots(pot(reference=f"{FUND}#total"), pot(reference=f"{AGAIN}#same"), **ACT)
    row = Announcement.objects.get
    merging.merge_announcements(row(slug=FUND), row(slug=DOUBLE), same={"x": "total"}, **ACT)
    merging.merge_organisations(kept, gone, **ACT)
    assert not Organisation.objects.filter(slug="doh").exists()


MOVED = [
    (f"/announcements/{DOUBLE}/", f"/announcements/{FUND}/"),
    (f"/api/v1/announcements/{DOUBLE}/", f"/api/v1/announcements/{FUND}/"),
    (f"/pots/{AGAIN}/same/", f"/pots/{FUND}/total/"),
    (f"/pots/{DOUBLE}/x/", f"/pots/{FUND}/total/"),
    (f"/api/v1/pots/{AGAIN}/same/", f"/api/v1/pots/{FUND}/total/"),
    ("/organisations/doh/", "/organisations/dhsc/"),
    ("/api/v1/organisations/doh/", "/api/v1/organisations/dhsc/"),
]


def test_each_address_of_what_was_merged_leads_on_and_ends_at_what_stands(client, merged):
    for old, new in MOVED:
        response = client.get(old)
        assert (response.status_code, response.headers["Location"]) == (301, new)
        assert client.get(new).status_code == 200


def test_what_was_asked_of_it_goes_along(client, merged):
    response = client.get(f"/pots/{AGAIN}/same/?as_at=2021-01-01")
    assert response.headers["Location"] == f"/pots/{FUND}/total/?as_at=2021-01-01"


def test_a_list_asked_for_what_was_merged_is_that_of_what_it_is_now(client, merged):
    for address in ("/api/v1/announcements/?organisation=doh", "/announcements/?organisation=doh"):
        assert client.get(address).status_code == 200
    assert client.get("/api/v1/announcements/?organisation=doh").json()["count"] == 2


def test_what_is_gone_for_other_reasons_stays_gone(client, merged):
    assert client.get("/organisations/nobody/").status_code == 404
    assert client.get("/api/v1/pots/2020-01-10-fund/other/").status_code == 404


def test_what_is_public_again_is_shown_whatever_it_was_merged_into(client, merged):
    Forward.objects.create(thing="organisation", old="dhsc", new="other", at=AT)
    assert client.get("/organisations/dhsc/").status_code == 200
