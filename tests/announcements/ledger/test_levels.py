"""Which coarser sums there are, and that they are what a slow loop over the cells gives."""

from hypothesis import given, settings
from hypothesis import strategies as st

from announcements.ledger import levels

YEARS = st.none() | st.integers(2018, 2020)
CELLS = st.dictionaries(
    st.tuples(
        st.sampled_from(["said", "announced"]),
        st.sampled_from(["ai", "digital"]),
        st.sampled_from(["uk", "wales"]),
        st.sampled_from(["government", "industry"]),
        st.sampled_from(["new", "moved"]),
        st.integers(2018, 2020),
        YEARS,
    ),
    st.tuples(st.integers(-5, 5), st.integers(-5, 5)),
    max_size=12,
)


@settings(max_examples=40)
@given(CELLS)
def test_every_level_holds_what_a_loop_over_the_cells_gives(cells):
    found = levels.coarser(cells)
    for level in levels.LEVELS:
        due = {}
        for (measure, *values), (firm, ceiling) in cells.items():
            named = dict(zip(levels.CELL, values, strict=True))
            key = (measure, levels.title(level), *("" if named[n] is None else str(named[n]) for n in level))
            due[key] = (due.get(key, (0, 0))[0] + firm, due.get(key, (0, 0))[1] + ceiling)
        at_level = {key: ends for key, ends in found.items() if key[1] == levels.title(level)}
        assert at_level == {key: ends for key, ends in due.items() if ends != (0, 0)}


def test_up_to_three_dimensions_are_answered_from_a_level_that_has_them_and_more_from_the_cells():
    assert levels.smallest(["theme"]) == ("sector", "additionality", "theme")
    assert set(levels.smallest(["theme", "region", "money_year"])) == {"theme", "region", "money_year"}
    assert levels.smallest(levels.CELL[:4]) is None
    assert len(levels.LEVELS) == 20
