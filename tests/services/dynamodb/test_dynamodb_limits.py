"""The quotas of items: 400 KiB, 32 levels, long names, and how sizes are reckoned through the wire."""

from decimal import Decimal

import pytest

from tests.services.dynamodb.item_calls import KIB, get, invalid, item, make_table, put

TOO_DEEP = "Nesting Levels have exceeded supported limits: Attributes nested beyond 32 levels"


@pytest.fixture
def table(ddb):
    return make_table(ddb, "pk:S")


def nested(levels, kind=list):
    found = "x"
    for _ in range(levels):
        found = [found] if kind is list else {"m": found}
    return found


# Names and values that make an item of `pk`, one letter, exactly 400 KiB: 3 bytes for the key, then this many.
ROOM = 400 * KIB - 3
EXACT = {
    "text": {"v": "x" * (ROOM - 1)},
    "letters of two bytes": {"v": "é" * ((ROOM - 1) // 2)},
    "binary": {"v": b"x" * (ROOM - 1)},
    "a long name": {"n" * 1000: "x" * (ROOM - 1000)},
    "a list": {"v": ["x" * (ROOM - 1 - 3 - 1)]},
    "a map": {"v": {"name": "x" * (ROOM - 1 - 3 - 4 - 1)}},
    "a set": {"v": {"x" * 1000, "y" * (ROOM - 1 - 1000)}},
    "numbers": {"v": Decimal("123"), "w": -1, "x": "x" * (ROOM - 1 - 3 - 1 - 3 - 1)},
    "null and booleans": {"a": None, "b": True, "c": "x" * (ROOM - 2 - 2 - 1)},
}


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("what", EXACT)
def test_an_item_has_400_kib_and_not_a_byte_more(ddb, what):
    attributes = EXACT[what]
    put(ddb, pk="a", **attributes)
    assert get(ddb, pk="a") == {"pk": "a", **attributes}
    with invalid("Item size has exceeded the maximum allowed size"):
        put(ddb, pk="ab", **attributes)
    assert get(ddb, pk="ab") is None


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("kind", [list, dict])
def test_documents_are_32_levels_deep_at_most(ddb, kind):
    put(ddb, pk="a", v=nested(32, kind))
    assert get(ddb, pk="a")["v"] == nested(32, kind)
    with invalid(TOO_DEEP):
        put(ddb, pk="b", v=nested(33, kind))


@pytest.mark.usefixtures("table")
def test_an_update_does_not_nest_deeper_either(ddb):
    put(ddb, pk="a", v=nested(31, dict))
    path = "v" + ".m" * 30
    given = {":ok": {"L": [{"S": "x"}]}, ":deep": {"L": [{"L": []}]}}
    update = {"TableName": "table", "Key": item(pk="a")}
    with invalid(TOO_DEEP):
        ddb.update_item(
            **update,
            UpdateExpression=f"SET {path}.m = :deep",
            ExpressionAttributeValues={":deep": given[":deep"]},
        )
    ddb.update_item(**update, UpdateExpression=f"SET {path}.m = :ok", ExpressionAttributeValues={":ok": given[":ok"]})


@pytest.mark.usefixtures("table")
def test_an_attribute_of_any_name_and_an_item_of_many(ddb):
    attributes = {"pk": "a", "x" * 65_535: 1, " ": 3, "a.b[0]#:": 4, "é\U0001f600": 5}
    attributes |= {f"n{at}": at for at in range(5000)}
    put(ddb, **attributes)
    assert get(ddb, pk="a") == attributes
