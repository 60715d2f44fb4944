"""Whatever a document holds, it loads or its faults are told: nothing else ever happens."""

import copy

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from announcements.facts import dumping, loading
from announcements.models import Announcement

from .samples import FUND, MORE, document, faults, full, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]
loosely = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)

REFERENCES = [f"{FUND}#total", f"{FUND}#part", f"{MORE}#again", f"{MORE}#dollars", f"{MORE}#share", "total", "part"]
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.text(st.characters(codec=None), max_size=4),
    st.sampled_from(
        [*REFERENCES, "412m", "0.5", "1e9", "2020-21", "2021-20", "2020-02-29", "range", "repeats", "real"]
    ),
    st.sampled_from([[], {}, [None], [{}], {"": ""}, ["england", "london"], [REFERENCES[1]], {"2020-21": "1"}]),
    st.lists(
        st.fixed_dictionaries({"pot": st.sampled_from(REFERENCES), "low": st.none(), "high": st.none()}), max_size=2
    ),
)


def places(value, path=()):
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


PLACES = [path for path in places(full()) if path]


@st.composite
def mutated(draw):
    """The full sample with up to three of its values replaced, taken out, moved or named otherwise."""
    said = copy.deepcopy(full())
    for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        outer = said
        try:
            for step in path[:-1]:
                outer = outer[step]
            how = draw(st.sampled_from(["replace", "remove", "add", "repeat"]))
            if how == "replace":
                outer[path[-1]] = draw(values)
            elif how == "remove":
                del outer[path[-1]]
            elif how == "repeat" and isinstance(outer, list):
                outer.append(copy.deepcopy(outer[path[-1]]))
            elif isinstance(outer, dict):
                outer[draw(st.one_of(st.text(max_size=5), st.sampled_from(["about", "low", "rate"])))] = draw(values)
        except (KeyError, IndexError, TypeError):
            continue
    return said


def dumped():
    return dumping.document(Announcement.objects.published().in_order())


@loosely
@given(said=mutated())
@transaction.atomic
def test_a_mutated_document_loads_or_its_faults_are_told(said):
    assert load(full()) == (2, 0, 0)
    try:
        before = dumped()
        lines = faults(said)
        if lines:
            with pytest.raises(loading.FactFaults):
                load(said)
            assert all(line.startswith("first.json") and len(line.encode()) < 800 for line in lines)
            assert dumped() == before
        else:
            load(said)
            # What loads comes back, and is then there already.
            after = dumped()
            assert load(after) == (0, 0, len(after["announcements"]))
            assert load(said) == (0, 0, len(said["announcements"]))
    finally:
        transaction.set_rollback(True)


anything = st.recursive(values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))


@loosely
@given(said=anything, records=st.lists(anything, min_size=1, max_size=2))
def test_no_document_at_all_makes_it_stumble(said, records):
    assert faults(said)
    assert faults(document(*records))
