"""The picture of a pot among others: everything has its place, and nothing lies outside."""

from hypothesis import given
from hypothesis import strategies as st

from healthfund.web import neighbours
from healthfund.web.neighbours import Beside

pots = st.lists(st.builds(Beside, st.text(min_size=1, max_size=80), st.just("£1m"), st.booleans()), max_size=12)


@given(pots, pots)
def test_every_box_lies_in_the_picture_and_none_on_another(around, inside):
    web = neighbours.web("This pot", "£5m", around, inside)
    shown = [min(len(side), neighbours.MOST) for side in (around, inside)]
    assert len(web.knots) == 1 + sum(shown)
    assert len(web.threads) == sum(shown)
    for knot in web.knots:
        assert 0 <= knot.x <= web.width - web.box
        assert 0 <= knot.y <= web.height - web.tall
        assert len(knot.name) <= neighbours.LETTERS
    places = [(knot.x, knot.y) for knot in web.knots]
    for x, y in places:
        assert [other for other in places if other[0] == x and abs(other[1] - y) < web.tall] == [(x, y)]


def test_of_many_pots_the_first_are_shown_and_the_others_counted():
    web = neighbours.web("This pot", "", [], [Beside(f"Pot {number}", "", True) for number in range(9)])
    assert [knot.name for knot in web.knots[1:]] == ["Pot 0", "Pot 1", "Pot 2", "Pot 3", "Pot 4", "4 others"]


def test_a_share_lies_on_a_broken_line_between_the_boxes():
    web = neighbours.web("This pot", "", [Beside("Around", "£2m", False)], [Beside("Inside", "the whole", True)])
    outer, inner = web.threads
    assert (outer.whole, inner.whole) == (False, True)
    assert outer.x1 < outer.x2 < inner.x1 < inner.x2
