"""PutItem, GetItem and DeleteItem: what they refuse, what they find, what they answer."""

from decimal import Decimal

import pytest
from botocore.config import Config

from tests.services.dynamodb.item_calls import (
    INVALID,
    MISMATCH,
    NOT_VALID,
    SEVERAL,
    arn_of,
    get,
    invalid,
    item,
    make_table,
    put,
    refused,
    unwire,
    values,
)

FAILED = ("ConditionalCheckFailedException", "The conditional request failed")
NOT_FOUND = ("ResourceNotFoundException", "Requested resource not found")


@pytest.fixture
def table(ddb):
    """`table`: a string and a number."""
    return make_table(ddb, "pk:S", "sk:N")


@pytest.fixture
def raw(aws):
    """A client that sends what no SDK would."""
    return aws.client("dynamodb", config=Config(parameter_validation=False))


# wrong input

KEYED_CALLS = [
    lambda ddb, key: ddb.get_item(TableName="table", Key=key),
    lambda ddb, key: ddb.delete_item(TableName="table", Key=key),
    lambda ddb, key: ddb.update_item(TableName="table", Key=key),
    lambda ddb, key: ddb.batch_get_item(RequestItems={"table": {"Keys": [key]}}),
    lambda ddb, key: ddb.batch_write_item(RequestItems={"table": [{"DeleteRequest": {"Key": key}}]}),
]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("call", KEYED_CALLS, ids=["get", "delete", "update", "batch get", "batch delete"])
@pytest.mark.parametrize(
    "key",
    [
        {}, item(pk="a"), item(sk=1), item(pk="a", sk="1"), item(pk=1, sk=1), item(pk="a", sk=1, more=1),
        item(pk="a", other=1), item(pk=["a"], sk=1), item(pk=None, sk=1),
    ],
)  # fmt: skip
def test_a_key_has_the_attributes_and_types_of_the_table(ddb, call, key):
    with invalid(MISMATCH):
        call(ddb, key)


@pytest.mark.parametrize("call", KEYED_CALLS, ids=["get", "delete", "update", "batch get", "batch delete"])
def test_a_key_is_not_empty(ddb, call):
    make_table(ddb, "pk:S", "sk:B")
    empty = f"{NOT_VALID}The AttributeValue for a key attribute cannot contain an empty {{}} value. Key: {{}}"
    with invalid(empty.format("string", "pk")):
        call(ddb, item(pk="", sk=b"x"))
    with invalid(empty.format("binary", "sk")):
        call(ddb, item(pk="x", sk=b""))


@pytest.mark.parametrize("call", KEYED_CALLS, ids=["get", "delete", "update", "batch get", "batch delete"])
def test_a_key_has_2048_bytes_at_most_and_a_sort_key_1024(ddb, call):
    make_table(ddb, "pk:S", "sk:B")
    call(ddb, item(pk="é" * 1024, sk=b"x" * 1024))
    with invalid(f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"):
        call(ddb, item(pk="é" * 1024 + "x", sk=b"x"))
    with invalid(f"{INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes"):
        call(ddb, item(pk="x", sk=b"x" * 1025))


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (item(), f"{INVALID}Missing the key pk in the item"),
        (item(sk=1), f"{INVALID}Missing the key pk in the item"),
        (item(pk="a"), f"{INVALID}Missing the key sk in the item"),
        (item(pk=1, sk=1), f"{INVALID}Type mismatch for key pk expected: S actual: N"),
        (item(pk="a", sk="1"), f"{INVALID}Type mismatch for key sk expected: N actual: S"),
        (item(pk={"a"}, sk=1), f"{INVALID}Type mismatch for key pk expected: S actual: SS"),
        (item(pk={"S": "a"}, sk=1), f"{INVALID}Type mismatch for key pk expected: S actual: M"),
        (item(pk=None, sk=1), f"{INVALID}Type mismatch for key pk expected: S actual: NULL"),
        (
            item(pk="", sk=1),
            f"{NOT_VALID}The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
        ),
        (item(pk="x" * 2049, sk=1), f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    ],
)
def test_an_item_has_the_key_of_its_table(ddb, attributes, message):
    with invalid(message):
        ddb.put_item(TableName="table", Item=attributes)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"NULL": False}, f"{INVALID}Null attribute value types must have the value of true"),
        ({"N": "x"}, "The parameter cannot be converted to a numeric value: x"),
        ({"SS": []}, f"{INVALID}An string set  may not be empty"),
        ({"M": {"deep": {"L": [{"NS": ["1", "1"]}]}}}, "Input collection contains duplicates"),
    ],
)
def test_a_value_that_cannot_be_stored_is_refused_wherever_it_stands(ddb, value, message):
    with invalid(message):
        ddb.put_item(TableName="table", Item={**item(pk="a", sk=1), "value": value})
    with invalid(f"ExpressionAttributeValues contains invalid value: {message} for key :v"):
        ddb.update_item(
            TableName="table",
            Key=item(pk="a", sk=1),
            UpdateExpression="SET a = :v",
            ExpressionAttributeValues={":v": value},
        )
    assert get(ddb, pk="a", sk=1) is None


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ({"S": "a", "N": "1"}, "ValidationException",
         SEVERAL),
        ({}, "ValidationException",
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"N": 1}, "SerializationException", "NUMBER_VALUE cannot be converted to String"),
        ({"BOOL": "true"}, "SerializationException", "STRING_VALUE cannot be converted to Boolean"),
    ],
)  # fmt: skip
def test_what_no_sdk_sends_is_refused(raw, value, code, message):
    with refused(code, message):
        raw.put_item(TableName="table", Item={**item(pk="a", sk=1), "value": value})


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("wanted", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_put_and_delete_return_what_was_there_or_nothing(ddb, wanted):
    with invalid("ReturnValues can only be ALL_OLD or NONE"):
        ddb.put_item(TableName="table", Item=item(pk="a", sk=1), ReturnValues=wanted)
    with invalid("ReturnValues can only be ALL_OLD or NONE"):
        ddb.delete_item(TableName="table", Key=item(pk="a", sk=1), ReturnValues=wanted)


def test_values_are_checked_before_expressions_and_both_before_the_table(ddb):
    bad = {**item(pk="a"), "n": {"N": "x"}}
    with invalid("The parameter cannot be converted to a numeric value: x"):
        ddb.put_item(TableName="none", Item=bad, ConditionExpression="a !")
    with invalid('Invalid ConditionExpression: Syntax error; token: "!", near: "a !"'):
        ddb.put_item(TableName="none", Item=item(pk="a"), ConditionExpression="a !")
    with refused(*NOT_FOUND):
        ddb.put_item(TableName="none", Item=item(nothing="a"))


# wrong state


@pytest.mark.parametrize("call", KEYED_CALLS, ids=["get", "delete", "update", "batch get", "batch delete"])
def test_a_table_that_is_not_there_is_not_found(ddb, call):
    with refused(*NOT_FOUND):
        call(ddb, item(pk="a"))


def test_a_table_of_another_region_is_not_found(aws, ddb):
    make_table(ddb, "pk:S")
    with refused(*NOT_FOUND):
        aws.client("dynamodb", region_name="eu-west-1").get_item(TableName="table", Key=item(pk="a"))


def test_a_condition_that_does_not_hold_changes_nothing(ddb, table):
    put(ddb, pk="a", sk=1, v="old")
    condition = {"ConditionExpression": "v <> :v", "ExpressionAttributeValues": values(v="old")}
    with refused(*FAILED) as answer:
        ddb.put_item(TableName=table, Item=item(pk="a", sk=1, v="new"), **condition)
    assert "Item" not in answer
    with refused(*FAILED):
        ddb.delete_item(TableName=table, Key=item(pk="a", sk=1), **condition)
    with refused(*FAILED):
        ddb.update_item(TableName=table, Key=item(pk="a", sk=1), UpdateExpression="REMOVE v", **condition)
    assert get(ddb, pk="a", sk=1)["v"] == "old"


def test_a_failed_condition_shows_the_item_if_asked(ddb, table):
    put(ddb, pk="a", sk=1, v="old")
    shown = {"ConditionExpression": "attribute_exists(nothing)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    calls = [
        lambda key: ddb.put_item(TableName=table, Item=key, **shown),
        lambda key: ddb.delete_item(TableName=table, Key=key, **shown),
        lambda key: ddb.update_item(TableName=table, Key=key, **shown),
    ]
    for call in calls:
        with refused(*FAILED) as answer:
            call(item(pk="a", sk=1))
        assert unwire(answer["Item"]) == {"pk": "a", "sk": 1, "v": "old"}
        with refused(*FAILED) as answer:
            call(item(pk="not there", sk=1))
        assert "Item" not in answer


# behaviour


def test_an_item_comes_back_as_it_was_put(ddb, table):
    attributes = {
        "pk": "a", "sk": Decimal("1.5"), "s": "é\U0001f600\x00", "empty": "", "n": Decimal("-1E-130"), "b": b"\x00\xff",
        "no": b"", "yes": True, "null": None, "l": [], "m": {}, "nested": {"l": [{"m": [1, "x", b"y", None, False]}]},
        "ss": {"a", "b"}, "ns": {Decimal(1), Decimal("2.5")}, "bs": {b"a", b"b"}, "ключ with spaces.[0]": "x",
    }  # fmt: skip
    ddb.put_item(TableName=table, Item=item(**attributes))
    assert get(ddb, pk="a", sk=Decimal("1.50")) == attributes


def test_an_item_that_is_not_there_is_an_empty_answer(ddb, table):
    assert "Item" not in ddb.get_item(TableName=table, Key=item(pk="a", sk=1))
    assert "Attributes" not in ddb.delete_item(TableName=table, Key=item(pk="a", sk=1), ReturnValues="ALL_OLD")
    assert "Attributes" not in ddb.put_item(TableName=table, Item=item(pk="a", sk=1), ReturnValues="ALL_OLD")


def test_a_put_replaces_the_whole_item(ddb, table):
    put(ddb, pk="a", sk=1, old="x")
    put(ddb, pk="a", sk=1, new="y")
    assert get(ddb, pk="a", sk=1) == {"pk": "a", "sk": 1, "new": "y"}


def test_numbers_that_are_equal_are_one_key(ddb, table):
    for text in ("100", "1e2", "100.00", "+100"):
        ddb.put_item(TableName=table, Item={"pk": {"S": "a"}, "sk": {"N": text}, "text": {"S": text}})
    assert ddb.scan(TableName=table)["Count"] == 1
    assert get(ddb, pk="a", sk=100)["text"] == "+100"


def test_old_values_come_back_when_asked_for(ddb, table):
    put(ddb, pk="a", sk=1, v="old")
    answer = ddb.put_item(TableName=table, Item=item(pk="a", sk=1, v="new"), ReturnValues="ALL_OLD")
    assert unwire(answer["Attributes"]) == {"pk": "a", "sk": 1, "v": "old"}
    answer = ddb.delete_item(TableName=table, Key=item(pk="a", sk=1), ReturnValues="ALL_OLD")
    assert unwire(answer["Attributes"]) == {"pk": "a", "sk": 1, "v": "new"}
    put(ddb, pk="a", sk=1, v="old")
    assert "Attributes" not in ddb.put_item(TableName=table, Item=item(pk="a", sk=1))
    assert "Attributes" not in ddb.delete_item(TableName=table, Key=item(pk="a", sk=1))


def test_what_is_deleted_is_gone_and_only_that(ddb, table):
    put(ddb, pk="a", sk=1)
    put(ddb, pk="a", sk=2)
    ddb.delete_item(TableName=table, Key=item(pk="a", sk=1))
    assert get(ddb, pk="a", sk=1) is None
    assert get(ddb, pk="a", sk=2) is not None


def test_a_condition_on_an_item_that_is_not_there_sees_no_attributes(ddb, table):
    put_once = {"TableName": table, "Item": item(pk="a", sk=1), "ConditionExpression": "attribute_not_exists(pk)"}
    ddb.put_item(**put_once)
    with refused(*FAILED):
        ddb.put_item(**put_once)


def test_the_older_condition_holds_too(ddb, table):
    put(ddb, pk="a", sk=1, v=5)
    with refused(*FAILED):
        ddb.put_item(TableName=table, Item=item(pk="a", sk=1), Expected={"pk": {"Exists": False}})
    expected = {"v": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "5"}]}}
    ddb.delete_item(TableName=table, Key=item(pk="a", sk=1), Expected=expected)
    assert get(ddb, pk="a", sk=1) is None


def test_a_projection_picks_parts_of_an_item(ddb, table):
    put(ddb, pk="a", sk=1, m={"x": 1, "y": [1, 2, 3]}, s="text", size="big")
    answer = ddb.get_item(
        TableName=table,
        Key=item(pk="a", sk=1),
        ProjectionExpression="m.y[1], #s, nothing, m.x",
        ExpressionAttributeNames={"#s": "size"},
    )
    assert unwire(answer["Item"]) == {"m": {"x": 1, "y": [2]}, "size": "big"}
    answer = ddb.get_item(TableName=table, Key=item(pk="a", sk=1), AttributesToGet=["s", "nothing"])
    assert unwire(answer["Item"]) == {"s": "text"}
    answer = ddb.get_item(TableName=table, Key=item(pk="a", sk=1), ProjectionExpression="nothing")
    assert answer["Item"] == {}


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_a_key_is_of_any_scalar_type(ddb, kind):
    one, two = {"S": ("a", "a\x00"), "N": (0, -1), "B": (b"", b"\x00")}[kind]
    make_table(ddb, f"pk:{kind}", f"sk:{kind}")
    if kind == "B":
        one, two = b"\xff", b"\xff\x00"
    keys = [{"pk": a, "sk": b} for a in (one, two) for b in (one, two)]
    for at, key in enumerate(keys):
        put(ddb, **key, at=at)
    assert [get(ddb, **key)["at"] for key in keys] == [0, 1, 2, 3]


def test_a_table_can_be_named_by_its_arn(ddb, table, account):
    arn = arn_of(account)
    ddb.put_item(TableName=arn, Item=item(pk="a", sk=1))
    assert "Item" in ddb.get_item(TableName=table, Key=item(pk="a", sk=1))
    assert "Item" in ddb.get_item(TableName=arn, Key=item(pk="a", sk=1))
    with refused(*NOT_FOUND):
        ddb.get_item(TableName=arn_of(account, "none"), Key=item(pk="a", sk=1))


def test_tables_of_one_name_in_two_accounts_are_two_tables(cloud, ddb, table, account):
    put(ddb, pk="a", sk=1)
    other = cloud.session().client("dynamodb")
    with refused(*NOT_FOUND):
        other.get_item(TableName=table, Key=item(pk="a", sk=1))
