"""ExecuteStatement: SELECT from tables and indexes, by key or by scanning, page by page."""

import json

import pytest

from cloudchamber.core.pagination import decode_marker, encode_marker
from tests.services.dynamodb.item_calls import INVALID, fill, invalid, item, make_table, put, refused
from tests.services.dynamodb.partiql_calls import MALFORMED, rows, run

KEYS = [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 9), ("c", 5)]


@pytest.fixture
def table(ddb):
    make_table(
        ddb, "pk:S", "sk:N",
        gsi={"by-v": ("v:S", "sk:N"), "keys": ("v:S", "KEYS_ONLY")}, lsi={"local": ("pk:S", "w:N", "KEYS_ONLY")},
    )  # fmt: skip
    fill(ddb, [{"pk": pk, "sk": sk, "v": f"v{sk % 2}", "w": 10 - sk, "x": pk * sk} for pk, sk in KEYS])
    return "table"


def selected(ddb, clauses, *parameters, **options):
    """The keys of the items that are found, in order."""
    found = rows(ddb, f'SELECT pk, sk FROM "table" {clauses}', *parameters, **options)
    return [(one["pk"], int(one["sk"])) for one in found]


# wrong input


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FORM t", MALFORMED + "Expected FROM after SELECT list"),
        ('SELECT * FROM "table" ORDER BY pk', "Must have WHERE clause in the statement when using ORDER BY clause."),
        (
            "SELECT * FROM \"table\" WHERE pk = 'a' ORDER BY v",
            ("Variable reference v in ORDER BY clause must be part of the primary key"),
        ),
        (
            "SELECT * FROM \"table\" WHERE pk > 'a' ORDER BY sk",
            ("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."),
        ),
        (
            'SELECT * FROM "table" WHERE pk = 1',
            (INVALID + "Condition parameter type does not match schema type"),
        ),
        ('SELECT * FROM "table"."gone"', "The table does not have the specified index: gone"),
        (
            'SELECT x FROM "table"."keys" WHERE v = \'v1\'',
            (INVALID + "Global secondary index keys does not project [x]"),
        ),
    ],
)
def test_a_select_that_cannot_be_done_is_refused(ddb, table, text, message):
    with invalid(message):
        run(ddb, text)


def test_a_global_index_has_no_consistent_reads(ddb, table):
    with invalid("Consistent reads are not supported on global secondary indexes"):
        run(ddb, 'SELECT * FROM "table"."by-v"', ConsistentRead=True)


def test_a_token_goes_with_its_statement(ddb, table):
    token = run(ddb, 'SELECT * FROM "table" WHERE x <> ?', "y", Limit=1)["NextToken"]
    for text, parameter in (('SELECT * FROM "table" WHERE x <> ?', "z"), ('SELECT pk FROM "table" WHERE x <> ?', "y")):
        with invalid("NextToken does not match request"):
            run(ddb, text, parameter, NextToken=token)
    statement = json.loads(decode_marker(token))[0]
    forged = [encode_marker(json.dumps([statement, *rest])) for rest in (["0", None], [-1, None], [0, "x"], [0])]
    for made_up in ("made up", encode_marker("1"), encode_marker("{}"), *forged):
        with invalid("NextToken does not match request"):
            run(ddb, 'SELECT * FROM "table" WHERE x <> ?', "y", NextToken=made_up)


# wrong state


def test_a_table_that_is_not_there_is_not_found(ddb):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        run(ddb, "SELECT * FROM gone")


# behaviour


def test_a_whole_key_finds_one_item(ddb, table):
    text = "SELECT * FROM \"table\" WHERE pk = 'a' AND sk = ?"
    assert rows(ddb, text, 2) == [{"pk": "a", "sk": 2, "v": "v0", "w": 8, "x": "aa"}]
    assert rows(ddb, text, 7) == []


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("WHERE pk = 'a'", KEYS[:3]),
        ("WHERE pk = 'a' ORDER BY sk DESC", KEYS[2::-1]),
        ("WHERE pk = 'a' AND sk > 1", KEYS[1:3]),
        ("WHERE pk = 'a' AND sk BETWEEN 2 AND 3", KEYS[1:3]),
        ("WHERE pk = 'a' AND sk IN [1, 3]", [("a", 1), ("a", 3)]),
        ("WHERE pk = 'a' AND v = 'v1'", [("a", 1), ("a", 3)]),
        ("WHERE pk IN ['c', 'a', 'c'] AND sk > 2", [("c", 5), ("a", 3)]),
        ("WHERE pk = 'b' OR pk = 'a'", [*KEYS[3:5], *KEYS[:3]]),
        ("WHERE pk = 'b' OR (pk = 'a' AND sk = 2)", [*KEYS[3:5], ("a", 2)]),
        ("WHERE pk IN ['a', 'b'] ORDER BY pk DESC", [*KEYS[3:5], *KEYS[:3]]),
        ("WHERE pk IN ['a', 'b'] ORDER BY pk DESC, sk DESC", [("b", 9), ("b", 1), ("a", 3), ("a", 2), ("a", 1)]),
        ("WHERE pk IN ['a', 'b'] AND sk > 1 ORDER BY sk DESC", [("b", 9), ("a", 3), ("a", 2)]),
        ("WHERE pk = 'z'", []),
    ],
)
def test_partitions_are_read_in_order(ddb, table, clauses, expected):
    assert selected(ddb, clauses) == expected


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("", KEYS),
        ("WHERE sk >= 5", [("b", 9), ("c", 5)]),
        ("WHERE pk > 'a'", KEYS[3:]),
        ("WHERE pk = 'c' OR x = 'aaa'", [("a", 3), ("c", 5)]),
        ("WHERE begins_with(x, 'bb')", [("b", 9)]),
        ("WHERE size(x) = 1", [("a", 1), ("b", 1)]),
        ("WHERE y IS MISSING AND NOT sk < 9", [("b", 9)]),
    ],
)
def test_other_conditions_scan(ddb, table, clauses, expected):
    assert sorted(selected(ddb, clauses)) == expected


def test_columns_are_attributes_and_parts_of_documents(ddb, table):
    put(ddb, pk="d", sk=1, m={"l": [1, {"deep": "x"}]}, n=2)
    text = "SELECT n, m.l[0], m.l[1].deep, gone FROM \"table\" WHERE pk = 'd' AND sk = 1"
    assert rows(ddb, text) == [{"n": 2, "l[0]": 1, "deep": "x"}]
    assert rows(ddb, "SELECT gone FROM \"table\" WHERE pk = 'd'") == [{}]


def test_an_index_is_read_by_its_own_key(ddb, table):
    text = 'SELECT * FROM "table"."by-v" WHERE v = ? AND sk > 3 ORDER BY sk DESC'
    assert [one["sk"] for one in rows(ddb, text, "v1")] == [9, 5]
    assert rows(ddb, 'SELECT * FROM "table"."keys" WHERE v = \'v0\'') == [{"pk": "a", "sk": 2, "v": "v0"}]
    local = 'SELECT * FROM "table"."local" WHERE pk = \'a\' AND w < 9 ORDER BY w'
    assert [one["w"] for one in rows(ddb, local, ConsistentRead=True)] == [7, 8]
    assert rows(ddb, 'SELECT x FROM "table"."local" WHERE pk = \'a\' AND w = 9') == [{"x": "a"}]
    assert len(rows(ddb, 'SELECT * FROM "table"."by-v"')) == 6


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("", KEYS),
        ("WHERE x <> 'a'", [key for key in KEYS if key != ("a", 1)]),
        ("WHERE pk = 'a' ORDER BY sk DESC", KEYS[2::-1]),
        ("WHERE pk IN ['b', 'a']", [*KEYS[3:5], *KEYS[:3]]),
    ],
)
def test_pages_follow_each_other_by_token(ddb, table, clauses, expected):
    found, pages, options = [], 0, {}
    while True:
        answer = run(ddb, f'SELECT pk, sk FROM "table" {clauses}', Limit=2, **options)
        assert len(answer["Items"]) <= 2
        found += [(one["pk"]["S"], int(one["sk"]["N"])) for one in answer["Items"]]
        pages += 1
        if "NextToken" not in answer:
            assert "LastEvaluatedKey" not in answer
            break
        options = {"NextToken": answer["NextToken"]}
    assert (found if "pk" in clauses else sorted(found)) == expected
    assert pages == len(expected) // 2 + 1 + ("x" in clauses)


def test_the_limit_counts_what_is_read_and_the_last_key_is_shown(ddb, table):
    answer = run(ddb, "SELECT * FROM \"table\" WHERE pk = 'a' AND x = 'aaa'", Limit=2)
    assert answer["Items"] == []
    assert answer["LastEvaluatedKey"] == item(pk="a", sk=2)


def test_a_page_ends_after_a_mebibyte(ddb, table):
    fill(ddb, [{"pk": f"p{n}", "sk": n, "big": "x" * 390_000} for n in range(4)])
    text = "SELECT pk, sk FROM \"table\" WHERE pk IN ['p0', 'p1', 'p2', 'p3']"
    first = run(ddb, text)
    assert [one["pk"]["S"] for one in first["Items"]] == ["p0", "p1", "p2"]
    rest = run(ddb, text, NextToken=first["NextToken"])
    assert [one["pk"]["S"] for one in rest["Items"]] == ["p3"]
    assert "NextToken" not in rest


@pytest.mark.parametrize(
    ("clauses", "options", "units"),
    [
        ("WHERE pk = 'a' AND sk = 1", {}, 0.5),
        ("WHERE pk = 'a' AND sk = 1", {"ConsistentRead": True}, 1.0),
        ("WHERE pk = 'z' AND sk = 1", {}, 0.5),
        ("WHERE pk IN ['a', 'b', 'c']", {}, 1.5),
        ("", {}, 0.5),
    ],
)
def test_a_select_says_what_it_consumed(ddb, table, clauses, options, units):
    answer = run(ddb, f'SELECT * FROM "table" {clauses}', ReturnConsumedCapacity="TOTAL", **options)
    assert answer["ConsumedCapacity"] == {"TableName": "table", "CapacityUnits": units}


def test_an_index_says_what_it_consumed(ddb, table):
    answer = run(ddb, 'SELECT * FROM "table"."by-v" WHERE v = \'v1\'', ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": "table", "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"by-v": {"CapacityUnits": 0.5}},
    }  # fmt: skip
