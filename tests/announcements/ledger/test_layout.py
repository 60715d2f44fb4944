import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.ledger.layout import Lay, cells, in_time, spread
from tests.reference.places import TREE

REGIONS = list(TREE.parents)
WEIGHTS = st.dictionaries(st.sampled_from(REGIONS), st.integers(-5, 10**12), min_size=1).filter(
    lambda weights: any(weight > 0 for weight in weights.values())
)
RANK = TREE.rank.__getitem__


@given(st.integers(0, 10**15), WEIGHTS)
def test_spread_sums_to_the_amount_and_never_strays_by_a_penny(amount, weights):
    parts = spread(amount, weights, RANK)
    total = sum(max(0, weight) for weight in weights.values())
    assert sum(parts.values()) == amount
    for key, pence in parts.items():
        assert weights[key] > 0
        assert abs(pence * total - amount * weights[key]) < total


def test_odd_pence_go_to_the_largest_remainders_then_in_order_of_the_tree():
    assert spread(100, {"wales": 1, "england": 1, "scotland": 1}, RANK) == {"england": 34, "scotland": 33, "wales": 33}
    assert spread(10, {"england": 149, "wales": 151}, RANK) == {"england": 5, "wales": 5}
    assert spread(11, {"england": 149, "wales": 151}, RANK) == {"england": 5, "wales": 6}


def test_no_year_comes_last_among_equal_remainders():
    assert spread(1, {None: 1, 2020: 1}, in_time) == {None: 0, 2020: 1}


def test_splits_as_stated_and_the_rest_at_the_node():
    assert Lay("england", splits=(("london", 30),)).by_place(100, TREE) == {"london": 30, "england": 70}


def test_what_is_stated_is_scaled_down_where_it_exceeds_the_amount():
    assert Lay("england", splits=(("london", 30), ("south-east", 90))).by_place(100, TREE) == {
        "london": 25,
        "south-east": 75,
    }


def test_profile_as_stated_and_the_rest_without_a_year():
    assert Lay("uk", years=(2018, 2019), profile=((2018, 60),)).by_year(100) == {2018: 60, None: 40}


def test_even_split_is_marked_as_assumed_only_over_several_years():
    assert Lay("uk", years=(2018, 2019)).assumed
    assert not Lay("uk", years=(2018,)).assumed
    assert not Lay("uk", years=(2018, 2019), profile=((2018, 1),)).assumed


def test_shared_money_comes_off_the_lowest_place_that_holds_it():
    lay = Lay("england", splits=(("north-of-england", 50),))
    assert cells(80, 100, lay, [({"north-west": 20}, {None: 20})], TREE) == {
        ("england", None): 50,
        ("north-of-england", None): 30,
    }


def test_shared_money_of_another_year_comes_off_the_money_without_a_year_if_there_is_any():
    partly = Lay("uk", years=(2018,), profile=((2018, 60),))
    assert cells(80, 100, partly, [({"uk": 20}, {2030: 20})], TREE) == {("uk", 2018): 60, ("uk", None): 20}
    wholly = Lay("uk", years=(2018,))
    assert cells(80, 100, wholly, [({"uk": 20}, {2030: 20})], TREE) == {("uk", 2018): 80}


@given(st.lists(st.sampled_from(REGIONS), min_size=1))
def test_lowest_common_node_holds_all_and_no_child_of_it_does(regions):
    node = TREE.lowest_common(regions)
    assert all(node in TREE.upwards(region) for region in regions)
    for child in (key for key, parent in TREE.parents.items() if parent == node):
        assert not all(child in TREE.upwards(region) for region in regions)


def test_no_region_is_lowest_common_of_none():
    with pytest.raises(ValueError, match="no region holds"):
        TREE.lowest_common([])
