"""Cycles over links: found where there is one, and what is told is one."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from announcements.ledger.links import find_cycle

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


def leads_back(edges):
    """Whether any pot reaches itself, by the transitive closure: slow and obvious."""
    reach = set(edges)
    while more := {(a, d) for a, b in reach for c, d in reach if b == c} - reach:
        reach |= more
    return any(a == b for a, b in reach)


@given(EDGES)
def test_cycle_is_found_exactly_where_a_pot_reaches_itself(edges):
    assert (find_cycle(edges) is not None) == leads_back(edges)


@given(EDGES)
def test_what_is_told_is_a_way_along_the_links_back_to_its_start(edges):
    way = find_cycle(edges)
    if way:
        assert way[0] == way[-1]
        assert len(set(way)) == len(way) - 1
        assert set(itertools.pairwise(way)) <= set(edges)


@given(st.permutations(range(30)))
def test_links_that_all_lead_inwards_are_no_cycle(order):
    assert find_cycle(itertools.combinations(order, 2)) is None


def test_pot_inside_itself_is_the_shortest_cycle():
    assert find_cycle([("a", "a")]) == ["a", "a"]


def test_long_chain_needs_no_recursion():
    chain = list(itertools.pairwise(range(50_000)))
    assert find_cycle(chain) is None
    assert len(find_cycle([*chain, (49_999, 0)])) == 50_001
