"""How we count: the golden cases are counted when the page is asked for, by the rules that post."""

import pytest

from announcements.ledger import sharing
from tests.healthfund.web.test_explore import words


@pytest.mark.django_db
def test_every_case_comes_out_and_the_version_of_the_rules_stands_on_the_page(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/how-we-count/")
    page = words(response)
    assert "Rules of counting, version 1, since 21 November 2026." in page
    assert response.context["agreeing"] == response.context["tried"] > 100
    assert len(response.context["cases"]) == 16
    assert "Repeating a claim adds to what was said and to nothing else" in page
    assert "Repeats a pot" in page


def test_a_rule_that_were_broken_would_be_seen(client, monkeypatch):
    hold = sharing.hold

    def nothing_is_shared(pots, links, highs, **how):
        return hold(pots, {}, highs, **how)

    monkeypatch.setattr(sharing, "hold", nothing_is_shared)
    response = client.get("/how-we-count/")
    assert 0 < response.context["agreeing"] < response.context["tried"]
    assert "expectations come out." in words(response)
