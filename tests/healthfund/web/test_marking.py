"""Where searched words are marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.search import parse
from healthfund.web.marking import alike, pieces, snippet


def marks(text, query):
    return [piece.text for piece in pieces(text, parse(query)) if piece.found]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("The AI Lab opens", '"ai lab"', ["AI Lab"]),
        ("Lab of AI", '"ai lab"', []),
        ("Hospitals and a hospital", "hospital", ["Hospitals", "hospital"]),
        ("Genome policies", "policy", ["policies"]),
        ("Café for all", "cafe", ["Café"]),
        ("children’s wards", "children", ["children’s"]),
        ("new clinics", "hospital OR clinic", ["clinics"]),
        ("robots at home", "robots -home", ["robots"]),
        ("aid is not AI", "ai", ["AI"]),
        ("funded and fundamental", "fund", ["funded"]),
    ],
)
def test_words_are_marked_as_the_search_finds_them(text, query, expected):
    assert marks(text, query) == expected


@given(st.text(max_size=80), st.sampled_from(["hospital", '"a b" OR c', "x -y"]))
def test_pieces_make_up_the_text_whole(text, query):
    assert "".join(piece.text for piece in pieces(text, parse(query))) == text


@given(st.text("abelnosy", max_size=9), st.text("abelnosy", max_size=9))
def test_likeness_goes_both_ways(one, other):
    assert alike(one, other) == alike(other, one)
    assert alike(one, one)


def test_a_snippet_is_of_the_text_with_the_most_finds_and_short():
    long = " ".join(["word"] * 60 + ["robot"] + ["word"] * 60)
    shown = "".join(piece.text for piece in snippet(["nothing", long], parse("robot")))
    assert shown.startswith("… word")
    assert shown.endswith("word …")
    assert len(shown.split()) == 2 * 16 + 3
    assert snippet(["nothing"], parse("robot")) == []
