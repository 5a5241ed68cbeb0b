"""Attribute values: what is one, what it weighs, which are the same."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.core.errors import SerializationError, ValidationError
from cloudchamber.services.dynamodb import values

INVALID = "One or more parameter values were invalid: "
TEXTS = st.text(max_size=8)
BLOBS = st.binary(max_size=8).map(lambda raw: base64.b64encode(raw).decode())
NUMBERS = st.integers(-(10**6), 10**6).map(str)
SCALARS = st.one_of(
    TEXTS.map(lambda text: {"S": text}),
    NUMBERS.map(lambda text: {"N": text}),
    BLOBS.map(lambda text: {"B": text}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
    st.lists(TEXTS.filter(bool), min_size=1, max_size=3, unique=True).map(lambda texts: {"SS": texts}),
    st.lists(NUMBERS, min_size=1, max_size=3, unique=True).map(lambda texts: {"NS": texts}),
    st.lists(BLOBS.filter(bool), min_size=1, max_size=3, unique=True).map(lambda texts: {"BS": texts}),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda elements: {"L": elements}),
        st.dictionaries(TEXTS, inner, max_size=3).map(lambda members: {"M": members}),
    ),
    max_leaves=8,
)
ITEMS = st.dictionaries(TEXTS, VALUES, max_size=4)


def nested(levels, kind="L"):
    found = {"S": "x"}
    for _ in range(levels):
        found = {"L": [found]} if kind == "L" else {"M": {"m": found}}
    return found


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, values.EMPTY), ({}, values.EMPTY), ({"S": None}, values.EMPTY), ({"X": "a"}, values.EMPTY),
        ({"S": "a", "N": "1"}, values.SEVERAL), ({"L": [None]}, values.EMPTY), ({"M": {"a": {}}}, values.EMPTY),
        ({"NULL": False}, f"{INVALID}Null attribute value types must have the value of true"),
        ({"SS": []}, f"{INVALID}An string set  may not be empty"),
        ({"NS": []}, f"{INVALID}An number set  may not be empty"),
        ({"BS": []}, f"{INVALID}Binary sets should not be empty"),
        ({"SS": ["a", ""]}, f"{INVALID}An string set may not have a empty string as a member"),
        ({"BS": ["YQ==", ""]}, f"{INVALID}Binary sets may not contain null or empty values"),
        ({"SS": ["a", "b", "a"]}, f"{INVALID}Input collection [a, b, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        ({"BS": ["YQ==", "YQ=="]}, f"{INVALID}Input collection [YQ==, YQ==]of type BS contains duplicates."),
        ({"N": "x"}, "The parameter cannot be converted to a numeric value: x"),
        ({"N": ""}, "The parameter cannot be converted to a numeric value"),
        ({"NS": ["1", "x"]}, "The parameter cannot be converted to a numeric value: x"),
        (nested(33), "Nesting Levels have exceeded supported limits: Attributes nested beyond 32 levels"),
        (nested(33, "M"), "Nesting Levels have exceeded supported limits: Attributes nested beyond 32 levels"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_stored_is_refused(value, message):
    with pytest.raises(ValidationError) as caught:
        values.check(value)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"S": 1}, "NUMBER_VALUE cannot be converted to String"),
        ({"S": 1.5}, "DECIMAL_VALUE cannot be converted to String"),
        ({"S": True}, "TRUE_VALUE cannot be converted to String"),
        ({"S": False}, "FALSE_VALUE cannot be converted to String"),
        ({"N": 1}, "NUMBER_VALUE cannot be converted to String"),
        ({"BOOL": "true"}, "STRING_VALUE cannot be converted to Boolean"),
        ({"NULL": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
        ({"S": []}, "Start of list found where not expected"),
        ({"S": {}}, "Start of structure or map found where not expected."),
        ({"L": {}}, "Start of structure or map found where not expected."),
        ({"M": []}, "Start of list found where not expected"),
        ({"SS": "a"}, "Unexpected field type"), ("x", "Unexpected field type"),
        ([], "Start of list found where not expected"),
        ({"SS": [1]}, "NUMBER_VALUE cannot be converted to String"),
    ],
)  # fmt: skip
def test_what_is_no_attribute_value_is_no_json_of_the_protocol(value, message):
    with pytest.raises(SerializationError) as caught:
        values.check(value)
    assert caught.value.message == message


@pytest.mark.parametrize("text", ["YQ", "Y", "!!!!", "YQ==YQ==", "Y Q=="])
def test_binary_that_is_no_base64_is_refused(text):
    with pytest.raises(SerializationError):
        values.check({"B": text})


@pytest.mark.parametrize("value", [nested(32), nested(32, "M"), {"S": ""}, {"B": ""}, {"L": []}, {"M": {}}])
def test_what_may_be_stored_passes(value):
    assert values.check(value) == values.size_of(value)


def test_members_that_are_null_do_not_count():
    value = {"S": "a", "N": None, "L": None}
    values.check(value)
    assert value == {"S": "a"}


def test_values_are_brought_into_the_form_in_which_they_come_back():
    list_, blob = {"L": [{"M": {"n": {"N": "1e2"}}}]}, {"B": "YR=="}
    item = {"n": {"N": "1.50"}, "s": {"NS": ["2.0", "1"]}, "l": list_, "b": blob}
    values.check_item(item)
    assert item["n"] == {"N": "1.5"}
    assert item["s"] == {"NS": ["2", "1"]}
    assert item["l"] == {"L": [{"M": {"n": {"N": "100"}}}]}
    assert item["b"] == {"B": "YQ=="}


# The developer guide: names and texts by their UTF-8 bytes, 3 bytes for a list or a map, 1 for each element of it.
@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0), ({"S": "abc"}, 3), ({"S": "é€"}, 5), ({"B": ""}, 0), ({"B": "YQ=="}, 1), ({"B": "YWI="}, 2),
        ({"B": "YWJj"}, 3), ({"BOOL": True}, 1), ({"NULL": True}, 1), ({"N": "123"}, 3), ({"L": []}, 3), ({"M": {}}, 3),
        ({"L": [{"S": "ab"}, {"NULL": True}]}, 3 + 3 + 2), ({"M": {"é": {"S": "ab"}}}, 3 + 2 + 2 + 1),
        ({"SS": ["a", "bcé"]}, 5), ({"NS": ["1", "-100"]}, 5), ({"BS": ["YQ==", "YWI="]}, 3),
    ],
)  # fmt: skip
def test_a_value_weighs_what_the_developer_guide_says(value, size):
    assert values.size_of(value) == size
    assert values.check(value) == size
    assert values.item_size({"näme": value}) == size + 5
    assert values.check_item({"näme": value}) == size + 5


@given(ITEMS)
def test_checking_an_item_measures_it(item):
    assert values.check_item(item) == values.item_size(item)


@given(ITEMS, ITEMS)
def test_an_item_made_of_another_is_measured_by_the_difference(before, changes):
    values.check_item(before)
    values.check_item(changes)
    after = {**before, **changes}
    for name in list(before)[:1]:
        after.pop(name)
    assert values.resized(before, values.item_size(before), after) == values.item_size(after)


@pytest.mark.parametrize(
    ("left", "right", "is_same"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True), ({"SS": ["a"]}, {"SS": ["a", "b"]}, False),
        ({"L": [{"NS": ["1", "2"]}]}, {"L": [{"NS": ["2", "1"]}]}, True),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}, False),
        ({"M": {"a": {"BS": ["YQ==", "YWI="]}}}, {"M": {"a": {"BS": ["YWI=", "YQ=="]}}}, True),
        ({"M": {"a": {"S": "x"}}}, {"M": {"b": {"S": "x"}}}, False), ({"S": "1"}, {"N": "1"}, False),
        ({"L": []}, {"L": [{"S": "a"}]}, False), ({"M": {}}, {"M": {}}, True),
    ],
)  # fmt: skip
def test_sets_are_the_same_whatever_their_order(left, right, is_same):
    assert values.equal(left, right) is is_same
    assert values.same({"a": left}, {"a": right}) is is_same


@given(VALUES)
def test_a_value_is_the_same_as_itself(value):
    values.check(value)
    assert values.equal(value, {next(iter(value)): next(iter(value.values()))})
    assert values.same({"a": value}, {"a": value})
    assert not values.same({"a": value}, {"b": value})


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [({"S": "A"}, {"S": "a"}), ({"S": "a"}, {"S": "aa"}), ({"S": "z"}, {"S": "é"}), ({"N": "-2"}, {"N": "-1"}),
     ({"N": "9"}, {"N": "10"}), ({"B": "fw=="}, {"B": "gA=="})],
)  # fmt: skip
def test_ordered_bytes_compare_as_the_values_do(lesser, greater):
    assert values.ordered(lesser) < values.ordered(greater)


@pytest.mark.parametrize("value", [{"L": []}, {"M": {}}, {"BOOL": True}, {"SS": ["a"]}])
def test_documents_and_sets_have_no_order(value):
    assert values.ordered(value) is None
