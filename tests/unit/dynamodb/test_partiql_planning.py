"""Which rows a statement's conditions lead to: ranges of partitions or a scan; the key of the item it changes."""

import pytest

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.keys import KeySchema, Part
from cloudchamber.services.dynamodb.partiql.parser import read
from cloudchamber.services.dynamodb.partiql.planning import key_of, plan, write_of
from cloudchamber.services.dynamodb.partiql.statements import Select
from cloudchamber.services.dynamodb.table import TableRecord, TableView

VIEW = TableView(
    TableRecord("1", "r", "t", 1, "id", 0.0, (("pk", "S"), ("sk", "N")), "pk", "sk"),
)
SEVERAL = KeySchema((Part("a", "S"), Part("b", "S")), (Part("c", "N"), Part("d", "N")))

INVALID = "One or more parameter values were invalid: "
EMPTY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
    "value. Key: pk"
)


def planned(condition, key=VIEW.key):
    statement = read(f"SELECT * FROM t {condition}", None)
    assert isinstance(statement, Select)
    return plan(statement, key)


def refusal(condition, key=VIEW.key):
    with pytest.raises(ValidationError) as refused:
        planned(condition, key)
    return refused.value.message


def partitions(found):
    return None if found.ranges is None else [next(iter(one.partition[0].values())) for one in found.ranges]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", None),
        ("WHERE pk = 'a'", ["a"]),
        ("WHERE 'a' = pk", ["a"]),
        ("WHERE pk = 'a' AND x = 1", ["a"]),
        ("WHERE x = 1 AND (y = 2 AND pk = 'a')", ["a"]),
        ("WHERE pk IN ['b', 'a', 'b']", ["b", "a"]),
        ("WHERE pk = 'a' OR pk = 'b'", ["a", "b"]),
        ("WHERE (pk = 'a' AND x = 1) OR (pk IN ['b', 'c'] AND sk > 3)", ["a", "b", "c"]),
        ("WHERE pk IN []", []),
        ("WHERE pk = 'a' OR x = 1", None),
        ("WHERE pk > 'a'", None),
        ("WHERE begins_with(pk, 'a')", None),
        ("WHERE NOT pk = 'a'", None),
        ("WHERE pk <> 'a'", None),
        ("WHERE pk = x", None),
        ("WHERE pk IN ['a', x]", None),
        ("WHERE pk.x = 'a'", None),
        ("WHERE sk = 1", None),
    ],
)
def test_equality_with_the_partition_key_saves_the_scan(condition, expected):
    assert partitions(planned(condition)) == expected


@pytest.mark.parametrize(
    ("condition", "operator", "operands"),
    [
        ("sk = 1", "=", ["1"]),
        ("sk < 1", "<", ["1"]),
        ("1 < sk", ">", ["1"]),
        ("sk >= 1", ">=", ["1"]),
        ("sk BETWEEN 1 AND 2", "BETWEEN", ["1", "2"]),
        ("sk <> 1", None, []),
        ("sk IN [1]", None, []),
        ("(sk = 1 OR sk = 2)", None, []),
        ("begins_with(sk, '1')", None, []),
        ("x = 1", None, []),
    ],
)
def test_what_is_said_of_the_sort_key_narrows_the_range(condition, operator, operands):
    found = planned(f"WHERE pk = 'a' AND {condition}")
    assert found.ranges is not None
    (one,) = found.ranges
    assert one.operator == operator
    assert [next(iter(value.values())) for value in one.operands] == operands
    assert (found.filter is None) == (operator is not None)


def test_what_the_range_does_not_settle_is_a_filter():
    found = planned("WHERE pk = 'a' AND sk > 1 AND sk < 9 AND x = 1")
    assert found.filter is not None
    assert found.filter.attributes == {"sk", "x"}
    item = {"pk": {"S": "a"}, "sk": {"N": "5"}, "x": {"N": "1"}}
    assert found.filter.holds(item)
    assert not found.filter.holds({**item, "sk": {"N": "9"}})
    alternatives = planned("WHERE (pk = 'a' AND x = 1) OR pk = 'b'").filter
    assert alternatives is not None
    assert alternatives.holds({"pk": {"S": "b"}})
    assert not alternatives.holds({"pk": {"S": "a"}})
    assert planned("WHERE pk IN ['a', 'b']").filter is None


def test_order_by_orders_partitions_and_turns_ranges():
    assert partitions(planned("WHERE pk IN ['b', 'c', 'a'] ORDER BY pk")) == ["a", "b", "c"]
    assert partitions(planned("WHERE pk IN ['b', 'c', 'a'] ORDER BY pk DESC")) == ["c", "b", "a"]
    assert planned("WHERE pk = 'a' ORDER BY sk DESC").descending
    assert not planned("WHERE pk = 'a' ORDER BY sk").descending
    assert planned("WHERE pk = 'a' ORDER BY sk DESC").sorts == ()
    assert planned("WHERE pk IN ['a', 'b'] ORDER BY sk DESC").sorts == ((Part("sk", "N"), True),)
    assert planned("WHERE pk IN ['a', 'b'] ORDER BY pk, sk DESC").sorts == ()


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("ORDER BY pk", "Must have WHERE clause in the statement when using ORDER BY clause."),
        (
            "WHERE x = 1 ORDER BY sk",
            ("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."),
        ),
        ("WHERE pk = 'a' ORDER BY x", "Variable reference x in ORDER BY clause must be part of the primary key"),
        (
            "WHERE pk = 1",
            (INVALID + "Condition parameter type does not match schema type"),
        ),
        (
            "WHERE pk = 'a' AND sk > 'b'",
            (INVALID + "Condition parameter type does not match schema type"),
        ),
        (
            "WHERE pk = ''",
            EMPTY,
        ),
        (
            f"WHERE pk IN [{', '.join(repr(str(i)) for i in range(51))}]",
            ("The IN operator is provided with too many operands; number of operands: 51"),
        ),
    ],
)
def test_what_the_key_cannot_take_is_refused(condition, message):
    assert refusal(condition) == message


def test_a_key_of_several_attributes_needs_all_of_its_partition():
    assert planned("WHERE a = '1' AND c = 1", SEVERAL).ranges is None
    found = planned("WHERE a IN ['1', '2'] AND b = 'x' AND d = 4 AND c = 1", SEVERAL).ranges
    assert found is not None
    assert [[value["S"] for value in one.partition] for one in found] == [["1", "x"], ["2", "x"]]
    assert [(one.sort_equal, one.operator) for one in found] == [(({"N": "1"},), "=")] * 2
    skipping = planned("WHERE a = '1' AND b = 'x' AND d = 4", SEVERAL)
    assert skipping.ranges is not None
    assert skipping.ranges[0].operator is None
    assert skipping.filter is not None


def test_a_change_needs_the_whole_key():
    def key(condition):
        statement = read(f"DELETE FROM t WHERE {condition}", None)
        assert not isinstance(statement, Select)
        return key_of(statement.where, VIEW)  # type: ignore[union-attr]

    found = key("sk = 1 AND x = 2 AND pk = 'a'")
    assert found is not None
    assert found[0] == {"pk": {"S": "a"}, "sk": {"N": "1"}}
    assert len(found[1]) == 1
    assert key("pk = 'a'") is None
    assert key("pk = 'a' AND sk > 1") is None
    assert key("pk = 'a' OR sk = 1") is None
    assert key("pk IN ['a'] AND sk = 1") is None


def test_a_second_value_for_a_key_attribute_is_a_condition_that_fails():
    write = write_of(read("DELETE FROM t WHERE pk = 'a' AND sk = 1 AND pk = 'b'", None), VIEW)  # type: ignore[arg-type]
    assert write.item == {"pk": {"S": "a"}, "sk": {"N": "1"}}
    assert write.condition is not None
    assert not write.condition.holds({"pk": {"S": "a"}, "sk": {"N": "1"}})
