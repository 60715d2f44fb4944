import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.documents import Faults, Shape, place, position, printable, read

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_a_place_reads_as_one_would_write_it():
    assert place("x.json", ("claims", 1, "amount")) == "x.json: claims[1].amount"
    assert place("", (0, "id")) == "[0].id"
    assert place("x.json", ()) == "x.json"


@given(text=st.text(st.characters(codec=None), max_size=200))
def test_what_is_shown_is_short_and_can_be_printed(text):
    shown = printable(text)
    assert shown.isprintable() or shown == ""
    shown.encode()


def test_decimals_are_read_as_they_are_written(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"a": 0.10, "b": 3}')
    assert read(path) == {"a": Decimal("0.10"), "b": 3}
    assert str(read(path)["a"]) == "0.10"


@given(document=anything)
def test_what_json_writes_is_read_back(document, tmp_path_factory):
    path = tmp_path_factory.mktemp("documents") / "x.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert read(path) == document


@given(content=st.binary(max_size=60))
def test_a_file_of_anything_is_read_or_told_to_be_faulty(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("documents") / "x.json"
    path.write_bytes(content)
    try:
        read(path)
    except Faults as unreadable:
        assert str(unreadable).startswith(f"{path}: ")  # noqa: PT017


def test_every_key_that_stands_twice_is_told(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"a": [{"b": 1, "b": 2}], "c": {"d": 1, "d": NaN}}')
    with pytest.raises(Faults) as caught:
        read(path)
    assert [fault.place for fault in caught.value.faults] == [f"{path}: a[0].b", f"{path}: c.d"]


def test_faults_come_in_the_order_of_the_document():
    shape = Shape(
        {"properties": {"b": {"type": "string"}, "a": {"type": "integer"}}, "required": ["c"], "type": "object"}
    )
    assert [path for path, _ in shape.errors({"b": 1, "a": "x"})] == [("b",), ("a",), ("c",)]
    assert position({"b": 1, "a": [0, 1]}, ("a", 1)) == [1, 1]


def test_true_is_no_number_and_one_point_nought_is_no_integer():
    shape = Shape({"items": {"type": "integer"}})
    assert [path for path, _ in shape.errors([1, True, 1.0, "1", None])] == [(1,), (2,), (3,), (4,)]
    assert Shape({"items": {"enum": [1]}}).errors([1, True])[0][0] == (1,)


def test_a_line_end_does_not_slip_past_a_pattern():
    assert Shape({"pattern": "^[a-z]+$"}).errors("a\n")
    assert not Shape({"pattern": "^[a-z]+$"}).errors("a")


@given(document=anything)
def test_a_shape_judges_any_document(document):
    shape = Shape({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False})
    good = isinstance(document, dict) and set(document) <= {"a"} and isinstance(document.get("a", ""), str)
    good = good and "\0" not in document.get("a", "")
    assert (shape.errors(document) == []) == good
