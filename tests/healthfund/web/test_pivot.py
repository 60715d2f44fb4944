"""Tables of two dimensions: sums stand only where they add up."""

from hypothesis import given
from hypothesis import strategies as st

from healthfund.web.charts import Ends
from healthfund.web.pivot import Axis, Door, Figure, Value, added, largest_first, table

NAMES = "abc"
PENCE = st.integers(-(10**12), 10**12)


def axis(name, adds=True):
    return Axis(name, name, [Value(key, key) for key in NAMES], adds)


def doors(place):
    return Door("&".join(f"{name}={key}" for name, key in place.items()), "")


FIGURES = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), st.builds(Figure, PENCE, PENCE, st.none()), max_size=9
)


@given(FIGURES)
def test_rows_and_columns_both_add_up_to_all_of_it(figures):
    drawn = table(figures, axis("row"), axis("column"), doors)
    whole = added(figures.values()) or Figure(0, 0)
    for sums in ([row.sum for row in drawn.rows], drawn.sums):
        found = [cell.amounts for cell in sums if cell]
        assert (sum(ends.firm for ends in found), sum(ends.ceiling for ends in found)) == whole[:2]


@given(FIGURES)
def test_every_figure_stands_once_with_its_own_question(figures):
    drawn = table(figures, axis("row"), axis("column"), doors)
    cells = {cell.door.query: cell.amounts for row in drawn.rows for cell in row.cells if cell}
    assert cells == {f"row={row}&column={column}": Ends(*one[:2]) for (row, column), one in figures.items()}


def test_nothing_is_added_over_a_dimension_that_overlaps():
    figures = {("a", "b"): Figure(1, 2), ("a", "c"): Figure(3, 4)}
    drawn = table(figures, axis("row"), axis("column", adds=False), doors)
    assert [row.sum for row in drawn.rows] == [None, None, None]
    assert drawn.sums[1].amounts == (1, 2)
    assert table(figures, axis("row", adds=False), axis("column"), doors).sums is None


def test_figures_for_each_head_add_up_only_where_the_heads_are_the_same():
    figures = {("a", "b"): Figure(100, 200, 10), ("a", "c"): Figure(300, 300, 10), ("b", "b"): Figure(500, 500, 50)}
    drawn = table(figures, axis("row"), axis("column"), doors, heads=True)
    assert drawn.rows[0].sum.amounts == (40, 50)
    assert drawn.sums[1] is None
    assert drawn.sums[2].amounts == (30, 30)


def test_where_nobody_is_known_to_live_a_figure_for_each_head_is_not_known():
    drawn = table({("a",): Figure(100, 100)}, axis("row"), None, doors, heads=True)
    assert drawn.rows[0].sum.amounts is None
    assert drawn.rows[0].bar == ()


def test_what_is_left_out_of_a_table_too_large_is_counted():
    figures = {(row, column): Figure(1, 1) for row in NAMES for column in NAMES}
    drawn = table(figures, axis("row"), axis("column"), doors, most_rows=2, most_columns=1)
    assert (len(drawn.rows), drawn.number, drawn.left_out_columns) == (2, 3, 2)
    assert [len(drawn.columns), len(drawn.rows[0].cells), len(drawn.sums)] == [1, 1, 1]
    assert drawn.sums[0].amounts == (3, 3), "of all rows"


def test_the_largest_stands_first_and_what_is_not_stated_last():
    figures = {("a",): Figure(1, 1), ("b",): Figure(0, 9), (None,): Figure(50, 50)}
    values = [Value(None, "none"), Value("a", "A"), Value("b", "B")]
    assert [value.key for value in largest_first(values, figures, 0)] == ["b", "a", None]
