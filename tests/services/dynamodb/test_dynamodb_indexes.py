"""Reading secondary indexes: what is in them, what they show, what is fetched, keys of several attributes."""

import pytest

from tests.services.dynamodb.item_calls import (
    INVALID,
    NOT_VALID,
    fill,
    found,
    index_rows,
    invalid,
    item,
    make_table,
    put,
    unwire,
    values,
)


@pytest.fixture
def table(ddb):
    """Local and global indexes of all three projections over `pk`, `sk`."""
    gsi = {"g_all": ("g:S", "h:N"), "g_keys": ("g:S", "h:N", "KEYS_ONLY"), "g_some": ("g:S", "h:N", "[shown]")}
    lsi = {"l_all": ("pk:S", "l:N"), "l_keys": ("pk:S", "l:N", "KEYS_ONLY"), "l_some": ("pk:S", "l:N", "[shown]")}
    name = make_table(ddb, "pk:S", "sk:N", gsi=gsi, lsi=lsi)
    fill(ddb, [{"pk": "a", "sk": n, "g": "x", "h": -n, "l": 10 - n, "shown": n, "veiled": n * n} for n in range(4)])
    return name


def query(ddb, index, **options):
    name, value = ("g", "x") if index.startswith("g") else ("pk", "a")
    given = values(key=value, **options.pop("given", {}))
    condition = f"{name} = :key"
    return ddb.query(
        TableName="table", IndexName=index, KeyConditionExpression=condition, ExpressionAttributeValues=given, **options
    )


KEYS = {"pk", "sk", "l"}
GLOBAL_KEYS = {"pk", "sk", "g", "h"}
EVERYTHING = {"pk", "sk", "g", "h", "l", "shown", "veiled"}


# wrong input


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("index", ["g_all", "g_keys"])
def test_a_global_index_is_never_read_strongly(ddb, index):
    with invalid("Consistent reads are not supported on global secondary indexes"):
        query(ddb, index, ConsistentRead=True)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("index", ["g_keys", "g_some"])
def test_a_global_index_gives_what_it_shows_only(ddb, index):
    with invalid(
        f"{INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index {index} because its "
        "projection type is not ALL"
    ):
        query(ddb, index, Select="ALL_ATTRIBUTES")
    with invalid(f"{INVALID}Global secondary index {index} does not project [veiled]"):
        query(ddb, index, ProjectionExpression="pk, veiled")
    with invalid(f"{INVALID}Global secondary index {index} does not project [veiled]"):
        query(ddb, index, ProjectionExpression="veiled.deep[1]")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("g", 1, f"{INVALID}Type mismatch for Index Key g Expected: S Actual: N IndexName: g_all"),
        ("h", {"x"}, f"{INVALID}Type mismatch for Index Key h Expected: N Actual: SS IndexName: g_all"),
        ("l", None, f"{INVALID}Type mismatch for Index Key l Expected: N Actual: NULL IndexName: l_all"),
        ("g", "",
         (f"{NOT_VALID}A value specified for a secondary index key is not supported. The AttributeValue for a key "
         "attribute cannot contain an empty string value. IndexName: g_all, IndexKey: g")),
        ("g", "x" * 2049, f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        ("g", "x" * 100_000, f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    ],
)  # fmt: skip
def test_an_item_fits_the_indexes_of_its_table(ddb, name, value, message):
    attributes = item(**{"pk": "b", "sk": 1, "g": "g", "h": 1, "l": 1, name: value})
    with invalid(message):
        ddb.put_item(TableName="table", Item=attributes)
    with invalid(message):
        ddb.batch_write_item(RequestItems={"table": [{"PutRequest": {"Item": attributes}}]})


def test_a_sort_key_of_an_index_has_1024_bytes_at_most(ddb):
    make_table(ddb, "pk:S", gsi={"by_pk": ("g:S", "pk:S")})
    put(ddb, pk="x" * 1024, g="g")
    with invalid(f"{INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes"):
        put(ddb, pk="x" * 1025, g="g")


# wrong state


@pytest.mark.usefixtures("table")
def test_an_index_that_is_not_there_cannot_be_read(ddb):
    with invalid("The table does not have the specified index: none"):
        query(ddb, "none")
    ddb.update_table(TableName="table", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "g_all"}}])
    with invalid("The table does not have the specified index: g_all"):
        query(ddb, "g_all")
    assert query(ddb, "g_keys")["Count"] == 4


# behaviour


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("index", "options", "shown"),
    [
        ("g_all", {}, EVERYTHING), ("g_keys", {}, GLOBAL_KEYS), ("g_some", {}, {*GLOBAL_KEYS, "shown"}),
        ("g_all", {"Select": "ALL_ATTRIBUTES"}, EVERYTHING),
        ("g_keys", {"Select": "ALL_PROJECTED_ATTRIBUTES"}, GLOBAL_KEYS),
        ("g_some", {"ProjectionExpression": "shown, pk"}, {"shown", "pk"}),
        ("l_all", {}, EVERYTHING), ("l_keys", {}, KEYS), ("l_some", {}, {*KEYS, "shown"}),
        ("l_keys", {"Select": "ALL_ATTRIBUTES"}, EVERYTHING), ("l_some", {"Select": "ALL_ATTRIBUTES"}, EVERYTHING),
        ("l_some", {"Select": "ALL_PROJECTED_ATTRIBUTES"}, {*KEYS, "shown"}),
        ("l_keys", {"ProjectionExpression": "veiled, sk"}, {"veiled", "sk"}),
        ("l_keys", {"ConsistentRead": True}, KEYS),
        ("l_keys", {"FilterExpression": "veiled >= :zero", "given": {"zero": 0}}, KEYS),
    ],
)  # fmt: skip
def test_an_index_shows_what_it_projects_and_a_local_one_fetches_the_rest(ddb, index, options, shown):
    answer = query(ddb, index, **options)
    assert [set(one) for one in found(answer)] == [shown] * 4


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("index", "order"), [("g_all", [3, 2, 1, 0]), ("l_keys", [3, 2, 1, 0]), ("l_all", [3, 2, 1, 0])]
)
def test_an_index_is_in_the_order_of_its_own_sort_key(ddb, index, order):
    assert found(query(ddb, index), "sk") == order
    assert found(query(ddb, index, ScanIndexForward=False), "sk") == order[::-1]


@pytest.mark.usefixtures("table")
def test_a_filter_of_a_global_index_sees_what_it_shows(ddb):
    answer = query(ddb, "g_some", FilterExpression="shown > :one", given={"one": 1})
    assert (found(answer, "sk"), answer["ScannedCount"]) == ([3, 2], 4)
    answer = query(ddb, "g_keys", FilterExpression="attribute_exists(veiled)")
    assert (answer["Count"], answer["ScannedCount"]) == (0, 4)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("index", ["g_keys", "l_some"])
@pytest.mark.parametrize("is_forward", [True, False])
def test_pages_of_an_index_carry_both_keys(ddb, index, is_forward):
    seen, start = [], {}
    while True:
        answer = query(ddb, index, Limit=3, ScanIndexForward=is_forward, **start)
        seen += found(answer, "sk")
        if "LastEvaluatedKey" not in answer:
            break
        names = GLOBAL_KEYS if index.startswith("g") else KEYS
        assert set(unwire(answer["LastEvaluatedKey"])) == names
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert seen == ([3, 2, 1, 0] if is_forward else [0, 1, 2, 3])


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "start",
    [item(pk="a", sk=1), item(g="x", h=1), item(pk="a", sk=1, g="x", h="1"), item(pk="a", sk=1, g="x", h=1, l=1)],
)
def test_a_query_of_an_index_starts_at_a_key_of_both(ddb, start):
    with invalid("The provided starting key is invalid"):
        query(ddb, "g_all", ExclusiveStartKey=start)


def test_items_of_equal_index_keys_are_all_there(ddb):
    make_table(ddb, "pk:N", gsi={"gsi": ("g:S", "h:N")})
    fill(ddb, [{"pk": n, "g": "x", "h": 1} for n in range(30)])
    seen, start = [], {}
    for _ in range(4):
        answer = ddb.query(
            TableName="table",
            IndexName="gsi",
            KeyConditionExpression="g = :g AND h = :h",
            ExpressionAttributeValues=values(g="x", h=1),
            Limit=10,
            **start,
        )
        seen += found(answer, "pk")
        start = {"ExclusiveStartKey": answer.get("LastEvaluatedKey", {})}
    assert sorted(seen) == list(range(30))


def test_only_items_with_all_its_keys_are_in_an_index(ddb, cloud, account):
    make_table(ddb, "pk:N", gsi={"gsi": ("g:S", "h:N")})
    for pk, more in enumerate([{}, {"g": "x"}, {"h": 1}, {"g": "x", "h": 1}]):
        put(ddb, pk=pk, **more)
    assert found(ddb.scan(TableName="table", IndexName="gsi"), "pk") == [3]
    put(ddb, pk=3, g="x")
    ddb.delete_item(TableName="table", Key=item(pk=1))
    assert ddb.scan(TableName="table", IndexName="gsi")["Count"] == 0
    assert index_rows(cloud, account) == 0


def test_an_index_follows_every_change_of_its_table(ddb, cloud, account):
    make_table(ddb, "pk:S", gsi={"gsi": ("g:S", "[v]")})
    put(ddb, pk="a", g="x", v=1)
    put(ddb, pk="a", g="y", v=2)
    given = {"TableName": "table", "IndexName": "gsi", "KeyConditionExpression": "g = :g"}
    assert ddb.query(**given, ExpressionAttributeValues=values(g="x"))["Count"] == 0
    assert found(ddb.query(**given, ExpressionAttributeValues=values(g="y")), "v") == [2]
    ddb.update_item(
        TableName="table", Key=item(pk="a"), UpdateExpression="SET v = :v", ExpressionAttributeValues=values(v=3)
    )
    assert found(ddb.query(**given, ExpressionAttributeValues=values(g="y")), "v") == [3]
    ddb.delete_item(TableName="table", Key=item(pk="a"))
    assert ddb.query(**given, ExpressionAttributeValues=values(g="y"))["Count"] == 0
    assert index_rows(cloud, account) == 0


@pytest.fixture
def multi(ddb):
    """An index of two partition attributes and three sort attributes."""
    name = make_table(ddb, "pk:N")
    schema = [("a", "HASH", "S"), ("b", "HASH", "N"), ("x", "RANGE", "S"), ("y", "RANGE", "N"), ("z", "RANGE", "B")]
    ddb.update_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": kind} for n, _, kind in schema],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "multi",
                    "KeySchema": [{"AttributeName": n, "KeyType": role} for n, role, _ in schema],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    rows = [(x, y, z) for x in ("p", "p\x00", "q") for y in (-1, 2, 10) for z in (b"\x00", b"\xff")]
    fill(ddb, [{"pk": n, "a": "t", "b": 5, "x": x, "y": y, "z": z} for n, (x, y, z) in enumerate(rows)])
    fill(ddb, [{"pk": 100, "a": "t", "b": 6, "x": "p", "y": 1, "z": b"z"}, {"pk": 101, "a": "t", "b": 5, "x": "p"}])
    return rows


@pytest.mark.parametrize(
    ("condition", "given", "holds"),
    [
        ("", {}, lambda x, y, z: True),
        ("AND x = :x", {"x": "p"}, lambda x, y, z: x == "p"),
        ("AND x > :x", {"x": "p"}, lambda x, y, z: x > "p"),
        ("AND begins_with(x, :x)", {"x": "p"}, lambda x, y, z: x.startswith("p")),
        ("AND x BETWEEN :x AND :u", {"x": "p\x00", "u": "q"}, lambda x, y, z: "p\x00" <= x <= "q"),
        ("AND x = :x AND y >= :y", {"x": "p", "y": 2}, lambda x, y, z: x == "p" and y >= 2),
        ("AND x = :x AND y < :y", {"x": "p\x00", "y": 2}, lambda x, y, z: x == "p\x00" and y < 2),
        ("AND x = :x AND y = :y AND z = :z", {"x": "q", "y": 10, "z": b"\xff"},
         lambda x, y, z: (x, y, z) == ("q", 10, b"\xff")),
        ("AND x = :x AND y = :y AND z <= :z", {"x": "q", "y": 10, "z": b"\x7f"},
         lambda x, y, z: (x, y) == ("q", 10) and z <= b"\x7f"),
    ],
)  # fmt: skip
def test_an_index_of_many_attributes_is_asked_from_the_left(ddb, multi, condition, given, holds):
    for is_forward in (True, False):
        answer = ddb.query(
            TableName="table",
            IndexName="multi",
            KeyConditionExpression=f"a = :a AND b = :b {condition}",
            ExpressionAttributeValues=values(a="t", b=5, **given),
            ScanIndexForward=is_forward,
        )
        expected = [n for n, row in enumerate(multi) if holds(*row)]
        assert found(answer, "pk") == (expected if is_forward else expected[::-1])


@pytest.mark.usefixtures("multi")
@pytest.mark.parametrize(
    ("condition", "given", "message"),
    [
        ("a = :a", {"a": "t"}, "Query condition missed key schema element: b"),
        ("a = :a AND b > :b", {"a": "t", "b": 5}, "Query key condition not supported"),
        ("a = :a AND b = :b AND y = :y", {"a": "t", "b": 5, "y": 1}, "Query condition missed key schema element: x"),
        ("a = :a AND b = :b AND x > :x AND y = :y", {"a": "t", "b": 5, "x": "p", "y": 1},
         "Query key condition not supported"),
    ],
)  # fmt: skip
def test_an_index_of_many_attributes_is_asked_in_no_other_way(ddb, condition, given, message):
    with invalid(message):
        ddb.query(
            TableName="table",
            IndexName="multi",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values(**given),
        )


def test_a_query_of_an_index_is_one_range_of_its_rows(ddb, cloud, account):
    make_table(ddb, "pk:S", gsi={"gsi": ("g:S",)})

    def plans(running):
        service = running.dispatcher.lookup("dynamodb", "Query").service
        from cloudchamber.services.dynamodb import store  # noqa: PLC0415

        texts = [*store._RANGES.values(), *store._HELD.values(), store._GET]
        wanted = {2: (b"a", b"b"), 1: (b"a",)}
        return [service.store.db.plan(text, wanted[text.count("?")]) for text in texts]

    for plan in cloud.look(plans):
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan
