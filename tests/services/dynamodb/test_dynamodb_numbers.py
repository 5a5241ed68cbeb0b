"""Numbers through the service: as texts, since an SDK's decimals would hide how they are written."""

import pytest

from tests.services.dynamodb.item_calls import invalid, item, make_table

OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
PRECISION = "Attempting to store more than 38 significant digits in a Number"
DIGITS = "12345678901234567890123456789012345678"
KEY = {"pk": {"S": "a"}}


@pytest.fixture(autouse=True)
def _table(ddb):
    make_table(ddb, "pk:S", gsi={"by-n": ("group:S", "n:N")})


def put(ddb, text):
    ddb.put_item(TableName="table", Item={**KEY, "n": {"N": text}})


def put_set(ddb, *texts):
    ddb.put_item(TableName="table", Item={**KEY, "set": {"NS": list(texts)}})


def stored(ddb, name="n"):
    return ddb.get_item(TableName="table", Key=KEY)["Item"][name]


def add(ddb, text):
    ddb.update_item(
        TableName="table", Key=KEY, UpdateExpression="ADD n :d", ExpressionAttributeValues={":d": {"N": text}}
    )


# wrong input


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The parameter cannot be converted to a numeric value"),
        ("1,5", "The parameter cannot be converted to a numeric value: 1,5"),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("1e126", OVERFLOW), ("-1e126", OVERFLOW), ("1e-131", UNDERFLOW), (f"{DIGITS}9", PRECISION),
        (f"0.{DIGITS}9", PRECISION), (f"{DIGITS}.1", PRECISION),
    ],
)  # fmt: skip
def test_what_is_no_number_of_dynamodb_s_is_refused(ddb, text, message):
    with invalid(message):
        put(ddb, text)
    with invalid(message):
        ddb.get_item(TableName="table", Key={"pk": {"N": text}})


# wrong state


@pytest.mark.parametrize(
    ("before", "step", "message"),
    [(DIGITS, "0.1", PRECISION), ("9e125", "9e125", OVERFLOW), ("1e125", "1", PRECISION)],
)
def test_a_sum_that_cannot_be_held_changes_nothing(ddb, before, step, message):
    put(ddb, before)
    old = stored(ddb)
    with invalid(message):
        add(ddb, step)
    assert stored(ddb) == old


# behaviour


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-0", "0"), ("+1.50", "1.5"), ("1e3", "1000"), ("12.5E-2", "0.125"), (DIGITS, DIGITS),
        (f"-{DIGITS}", f"-{DIGITS}"),
        (f"0.{DIGITS}", f"0.{DIGITS}"), ("1e125", "1" + "0" * 125), ("-1E-130", "-0." + "0" * 129 + "1"),
    ],
)  # fmt: skip
def test_a_number_comes_back_in_plain_digits(ddb, text, shown):
    put(ddb, text)
    assert stored(ddb) == {"N": shown}


def test_a_set_holds_a_number_once_however_it_is_written(ddb):
    with invalid("Input collection contains duplicates"):
        put_set(ddb, "1", "1.0")
    put_set(ddb, "1.0", "2e1")
    assert sorted(stored(ddb, "set")["NS"]) == ["1", "20"]
    for action, given, left in (("ADD", "20.00", ["1", "20"]), ("DELETE", "1e0", ["20"])):
        value = {":s": {"NS": [given]}}
        ddb.update_item(
            TableName="table",
            Key=KEY,
            UpdateExpression=f"{action} #s :s",
            ExpressionAttributeValues=value,
            ExpressionAttributeNames={"#s": "set"},
        )
        assert sorted(stored(ddb, "set")["NS"]) == left


def test_sums_and_differences_are_exact(ddb):
    put(ddb, "0.1")
    add(ddb, "0.2")
    assert stored(ddb) == {"N": "0.3"}
    add(ddb, "-0.3")
    assert stored(ddb) == {"N": "0"}
    add(ddb, "1e-130")
    add(ddb, "-1e-130")
    assert stored(ddb) == {"N": "0"}


def test_numbers_order_as_numbers_over_their_whole_range(ddb):
    row = ["-1e125", f"-{DIGITS}", "-10", "-9.99", "-1e-130", "0", "1e-130", "0.5", "9.99", "10", DIGITS, "9e125"]
    for at, text in enumerate(reversed(row)):
        attributes = {**item(pk=f"k{at}", group="x", at=len(row) - at - 1), "n": {"N": text}}
        ddb.put_item(TableName="table", Item=attributes)

    def query(condition, **options):
        answer = ddb.query(
            TableName="table",
            IndexName="by-n",
            KeyConditionExpression=f"#g = :g {condition}",
            ProjectionExpression="#at",
            ExpressionAttributeNames={"#g": "group", "#at": "at"},
            **options,
        )
        return [int(one["at"]["N"]) for one in answer["Items"]]

    group = {":g": {"S": "x"}}
    assert query("", ExpressionAttributeValues=group) == list(range(len(row)))
    for at, text in enumerate(row):
        assert query("AND n = :n", ExpressionAttributeValues={**group, ":n": {"N": text}}) == [at]
        assert query("AND n > :n", ExpressionAttributeValues={**group, ":n": {"N": text}}) == list(
            range(at + 1, len(row))
        )
        answer = ddb.scan(TableName="table", FilterExpression="n < :n", ExpressionAttributeValues={":n": {"N": text}})
        assert answer["Count"] == at
