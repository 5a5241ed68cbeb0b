"""UpdateItem: what it answers, what it makes of items, and what it may not make of keys and indexes."""

import pytest

from tests.services.dynamodb.item_calls import (
    INVALID,
    KIB,
    NOT_VALID,
    get,
    index_rows,
    invalid,
    item,
    make_table,
    put,
    refused,
    unwire,
    values,
)

FAILED = ("ConditionalCheckFailedException", "The conditional request failed")
TO_EMPTY = (
    f"{NOT_VALID}The update expression attempted to update a secondary index key to a value that is not supported. "
    "The AttributeValue for a key attribute cannot contain an empty string value."
)
UNSUPPORTED = "The update expression attempted to update the secondary index key to unsupported type"
BEYOND = "The update expression attempted to update the secondary index key beyond allowed size limits"


@pytest.fixture
def table(ddb):
    return make_table(ddb, "pk:S")


@pytest.fixture
def indexed(ddb):
    return make_table(ddb, "pk:S", "sk:N", gsi={"gsi": ("g:S", "h:N")}, lsi={"lsi": ("pk:S", "l:S")})


def update(ddb, expression=None, table="table", key=None, **options):
    if expression is not None:
        options["UpdateExpression"] = expression
    return ddb.update_item(TableName=table, Key=key or item(pk="a"), **options)


# wrong input


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("expression", ["SET pk = :v", "REMOVE pk", "ADD pk :v", "SET pk.x = :v"])
def test_a_key_cannot_be_updated(ddb, expression):
    given = {} if "REMOVE" in expression else {"ExpressionAttributeValues": values(v=1)}
    with invalid(f"{INVALID}Cannot update attribute pk. This attribute is part of the key"):
        update(ddb, expression, **given)


@pytest.mark.usefixtures("table")
def test_a_key_cannot_be_updated_the_older_way_either(ddb):
    with invalid(f"{INVALID}Cannot update attribute pk. This attribute is part of the key"):
        update(ddb, AttributeUpdates={"pk": {"Value": {"S": "b"}}})


@pytest.mark.usefixtures("table")
def test_the_older_and_the_newer_way_do_not_mix(ddb):
    with invalid(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
        "{AttributeUpdates} Expression parameters: {UpdateExpression}"
    ):
        update(ddb, "REMOVE a", AttributeUpdates={"b": {"Action": "DELETE"}})


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("g", 1, UNSUPPORTED), ("h", "1", UNSUPPORTED), ("l", [], UNSUPPORTED), ("g", {"x"}, UNSUPPORTED),
        ("g", "", TO_EMPTY), ("l", "", TO_EMPTY), ("g", "x" * 2049, BEYOND), ("l", "x" * 1025, BEYOND),
    ],
)  # fmt: skip
def test_a_key_of_an_index_is_not_updated_to_what_it_cannot_be(ddb, name, value, message):
    put(ddb, pk="a", sk=1, g="g", h=1, l="l")
    with invalid(message):
        update(ddb, f"SET {name} = :v", key=item(pk="a", sk=1), ExpressionAttributeValues=values(v=value))
    assert get(ddb, pk="a", sk=1) == {"pk": "a", "sk": 1, "g": "g", "h": 1, "l": "l"}


# wrong state


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("SET a = nothing", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET a = nothing + :n", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET a = s + :n", "An operand in the update expression has an incorrect data type"),
        ("ADD s :n", "An operand in the update expression has an incorrect data type"),
        ("SET nothing.deep = :n", "The document path provided in the update expression is invalid for update"),
        ("SET s[0] = :n", "The document path provided in the update expression is invalid for update"),
        ("SET a = big + big, b = :n", ("Number overflow. Attempting to store a number with magnitude larger than "
         "supported range")),
    ],
)  # fmt: skip
def test_what_the_item_does_not_allow_changes_nothing(ddb, expression, message):
    ddb.put_item(TableName="table", Item={"pk": {"S": "a"}, "s": {"S": "x"}, "big": {"N": "9e125"}})
    given = values(n=1) if ":n" in expression else None
    with invalid(message):
        update(ddb, expression, **({"ExpressionAttributeValues": given} if given else {}))
    assert set(ddb.get_item(TableName="table", Key=item(pk="a"))["Item"]) == {"pk", "s", "big"}


@pytest.mark.usefixtures("table")
def test_an_item_does_not_grow_beyond_400_kib(ddb):
    put(ddb, pk="a", v="x" * (400 * KIB - 100))
    with invalid("Item size to update has exceeded the maximum allowed size"):
        update(ddb, "SET w = :w", ExpressionAttributeValues=values(w="y" * 200))
    assert "w" not in get(ddb, pk="a")


# behaviour


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("expression", [None, "REMOVE x", "SET x = :v", "ADD x :v"])
def test_an_item_that_is_not_there_is_made(ddb, expression):
    given = {"ExpressionAttributeValues": values(v=1)} if expression and ":v" in expression else {}
    update(ddb, expression, **given)
    assert get(ddb, pk="a") == ({"pk": "a", "x": 1} if given else {"pk": "a"})


@pytest.mark.usefixtures("table")
def test_the_older_delete_makes_no_item(ddb):
    update(ddb, AttributeUpdates={"x": {"Action": "DELETE"}})
    assert get(ddb, pk="a") is None
    update(ddb, AttributeUpdates={"x": {"Action": "ADD", "Value": {"N": "5"}}, "y": {"Value": {"S": "s"}}})
    update(ddb, AttributeUpdates={"x": {"Action": "ADD", "Value": {"N": "-2"}}, "y": {"Action": "DELETE"}})
    assert get(ddb, pk="a") == {"pk": "a", "x": 3}


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("wanted", "before", "after"),
    [
        ("NONE", None, None),
        ("ALL_OLD", None, {"pk": "a", "n": 1, "gone": "x", "m": {"x": 1, "y": 2}}),
        ("UPDATED_OLD", None, {"n": 1, "gone": "x", "m": {"x": 1}}),
        ("ALL_NEW", {"pk": "a", "n": 1}, {"pk": "a", "n": 2, "m": {"x": 2, "y": 2}}),
        ("UPDATED_NEW", {"n": 1}, {"n": 2, "m": {"x": 2}}),
    ],
)
def test_an_update_returns_what_is_asked_for(ddb, wanted, before, after):
    answer = update(ddb, "ADD n :one", ExpressionAttributeValues=values(one=1), ReturnValues=wanted)
    assert unwire(answer.get("Attributes")) == before
    put(ddb, pk="a", n=1, gone="x", m={"x": 1, "y": 2})
    expression = "SET m.x = m.x + :one REMOVE gone ADD n :one"
    answer = update(ddb, expression, ExpressionAttributeValues=values(one=1), ReturnValues=wanted)
    assert unwire(answer.get("Attributes")) == after


@pytest.mark.usefixtures("table")
def test_values_that_were_not_there_do_not_come_back(ddb):
    put(ddb, pk="a", gone="x")
    answer = update(ddb, "SET fresh = :v", ExpressionAttributeValues=values(v=1), ReturnValues="UPDATED_OLD")
    assert "Attributes" not in answer
    assert "Attributes" not in update(ddb, "REMOVE gone", ReturnValues="UPDATED_NEW")
    assert "Attributes" not in update(ddb, ReturnValues="UPDATED_NEW")


@pytest.mark.usefixtures("table")
def test_right_hand_sides_see_the_item_before_the_update(ddb):
    put(ddb, pk="a", x=1, y=2, l=["a", "b", "c"])
    update(ddb, "SET x = y, y = x, l[7] = l[0] REMOVE l[0], l[1]")
    assert get(ddb, pk="a") == {"pk": "a", "x": 2, "y": 1, "l": ["c", "a"]}


@pytest.mark.usefixtures("table")
def test_a_counter_counts(ddb):
    for _ in range(3):
        update(ddb, "SET n = if_not_exists(n, :zero) + :one", ExpressionAttributeValues=values(zero=0, one=1))
    assert get(ddb, pk="a")["n"] == 3


@pytest.mark.usefixtures("table")
def test_sets_grow_shrink_and_go(ddb):
    update(ddb, "ADD s :s", ExpressionAttributeValues=values(s={"a", "b"}))
    update(ddb, "ADD s :s", ExpressionAttributeValues=values(s={"b", "c"}))
    assert get(ddb, pk="a")["s"] == {"a", "b", "c"}
    update(ddb, "DELETE s :s", ExpressionAttributeValues=values(s={"a", "x"}))
    assert get(ddb, pk="a")["s"] == {"b", "c"}
    update(ddb, "DELETE s :s", ExpressionAttributeValues=values(s={"b", "c"}))
    assert get(ddb, pk="a") == {"pk": "a"}


@pytest.mark.usefixtures("table")
def test_an_update_holds_to_its_condition(ddb):
    options = {"ConditionExpression": "v = :old", "ExpressionAttributeValues": values(old=1, new=2)}
    with refused(*FAILED):
        update(ddb, "SET v = :new", **options)
    assert get(ddb, pk="a") is None
    put(ddb, pk="a", v=1)
    update(ddb, "SET v = :new", **options)
    with refused(*FAILED):
        update(ddb, "SET v = :new", **options)


@pytest.mark.usefixtures("indexed")
def test_an_update_moves_an_item_through_its_indexes(ddb, cloud, account):
    key = item(pk="a", sk=1)
    counts = []
    for expression, given in (
        ("SET g = :g", {"g": "x"}), ("SET h = :h", {"h": 1}), ("SET l = :l", {"l": "y"}), ("SET g = :g", {"g": "z"}),
        ("REMOVE h, l", {}),
    ):  # fmt: skip
        update(ddb, expression, key=key, **({"ExpressionAttributeValues": values(**given)} if given else {}))
        counts.append(index_rows(cloud, account))
    assert counts == [0, 1, 2, 2, 0]


@pytest.mark.usefixtures("table")
def test_an_index_that_cannot_hold_an_older_item_stops_its_updates(ddb):
    put(ddb, pk="a", g=5, v=1)
    ddb.update_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "gsi",
                    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    update(ddb, "REMOVE g")
    assert get(ddb, pk="a") == {"pk": "a", "v": 1}
