"""Random items, changes and reads, held against a table written in plain Python as one would explain it."""

import itertools
from base64 import b64decode, b64encode
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cloudchamber.core.errors import AwsError
from cloudchamber.identity.principals import Principal
from tests.services.dynamodb.item_calls import index_rows, item, make_table, unwire

names = itertools.count()
FAILED = "ConditionalCheckFailedException"
# Few values, so that operations meet: of every kind of key some that are prefixes and neighbours of each other.
PARTITIONS = ["a", "a\x00", "b"]
SORTS = {
    "S": ["x", "x\x00", "xy", "y", "\u00e9"],
    "N": [Decimal(-10), Decimal("-9.5"), Decimal(0), Decimal("0.001"), Decimal(2), Decimal(10)],
    "B": [b"\x00", b"\x00\x00", b"\x01", b"\xff", b"\xff\xff"],
}
GROUPS = ["g", "gg", "h"]
RANKS = [Decimal(-1), Decimal(0), Decimal("1.5"), Decimal(20)]

partitions, at = st.sampled_from(PARTITIONS), st.integers(0, 9)
groups, ranks = st.sampled_from([None, *GROUPS]), st.sampled_from([None, *RANKS])
OPERATIONS = st.one_of(
    st.tuples(st.just("put"), partitions, at, groups, ranks, st.integers(0, 3)),
    st.tuples(st.just("put"), partitions, at, groups, ranks, st.integers(0, 3)),
    st.tuples(st.just("update"), partitions, at, st.sampled_from(["SET g", "SET r", "REMOVE g", "REMOVE r"]), at),
    st.tuples(st.just("count"), partitions, at, st.integers(-2, 2)),
    st.tuples(st.just("delete"), partitions, at),
    st.tuples(st.just("replace_if"), partitions, at, st.integers(0, 3)),
    st.tuples(st.just("transact"), partitions, at, at, st.booleans()),
    st.tuples(
        st.just("query"), st.sampled_from(["table", "lsi", "gsi"]), partitions,
        st.tuples(st.sampled_from("=<>lgbB"), at, at),
        st.tuples(st.booleans(), st.integers(1, 4), st.sampled_from([None, 1, 2])),
    ),
    st.tuples(st.just("scan"), st.sampled_from(["table", "lsi", "gsi"]), st.integers(1, 4), st.integers(1, 3)),
)  # fmt: skip


def order(value):
    """What keys are compared by."""
    return value.encode() if isinstance(value, str) else value


class Pair:
    """The real table and a dict of items by their key, side by side."""

    def __init__(self, cloud, ddb, account, kind):
        self.cloud, self.account, self.sorts = cloud, account, SORTS[kind]
        self.table = make_table(
            ddb,
            "pk:S",
            f"sk:{kind}",
            name=f"model-{kind}-{next(names)}",
            gsi={"gsi": ("g:S", "r:N")},
            lsi={"lsi": ("pk:S", "r:N", "[v]")},
        )
        self.items = {}
        arn = f"arn:aws:iam::{account}:root"
        self.root = Principal("root", account, arn, account, arn, "root")

    def call(self, operation, **request):
        async def enter(running):
            return await running.dispatcher.enter(
                self.root, self.account, "us-east-1", f"dynamodb:{operation}", {"TableName": self.table, **request}
            )

        return self.cloud.run(enter)

    def sort(self, number):
        return self.sorts[number % len(self.sorts)]

    def key(self, pk, sk):
        return wire(pk=pk, sk=self.sort(sk))

    # changes

    def put(self, pk, sk, group, rank, v):
        made = {"pk": pk, "sk": self.sort(sk), "v": Decimal(v)}
        made.update({name: value for name, value in (("g", group), ("r", rank)) if value is not None})
        answer = self.call("PutItem", Item=wire(**made), ReturnValues="ALL_OLD")
        assert plain(answer.get("Attributes")) == self.items.get((pk, made["sk"]))
        self.items[pk, made["sk"]] = made

    def update(self, pk, sk, action, value):
        name = action[-1]
        new = {"g": GROUPS, "r": RANKS}[name][value % 3]
        given = {"ExpressionAttributeValues": {":v": wire(v=new)["v"]}} if action.startswith("SET") else {}
        expression = f"{action} = :v" if given else action
        answer = self.call(
            "UpdateItem", Key=self.key(pk, sk), UpdateExpression=expression, ReturnValues="ALL_NEW", **given
        )
        made = dict(self.items.get((pk, self.sort(sk)), {"pk": pk, "sk": self.sort(sk)}))
        made.pop(name, None)
        if given:
            made[name] = new
        assert plain(answer["Attributes"]) == made
        self.items[pk, self.sort(sk)] = made

    def count(self, pk, sk, step):
        answer = self.call(
            "UpdateItem",
            Key=self.key(pk, sk),
            UpdateExpression="ADD v :s",
            ExpressionAttributeValues={":s": {"N": str(step)}},
            ReturnValues="UPDATED_NEW",
        )
        made = dict(self.items.get((pk, self.sort(sk)), {"pk": pk, "sk": self.sort(sk)}))
        made["v"] = made.get("v", Decimal(0)) + step
        assert plain(answer["Attributes"]) == {"v": made["v"]}
        self.items[pk, self.sort(sk)] = made

    def delete(self, pk, sk):
        answer = self.call("DeleteItem", Key=self.key(pk, sk), ReturnValues="ALL_OLD")
        assert plain(answer.get("Attributes")) == self.items.pop((pk, self.sort(sk)), None)

    def replace_if(self, pk, sk, v):
        old = self.items.get((pk, self.sort(sk)))
        request = {
            "Item": {**self.key(pk, sk), "w": {"S": "replaced"}},
            "ConditionExpression": "v = :v AND attribute_not_exists(w)",
            "ExpressionAttributeValues": {":v": {"N": str(v)}},
        }
        if old is not None and old.get("v") == v and "w" not in old:
            self.call("PutItem", **request)
            self.items[pk, self.sort(sk)] = {"pk": pk, "sk": self.sort(sk), "w": "replaced"}
        else:
            with pytest.raises(AwsError) as caught:
                self.call("PutItem", **request)
            assert caught.value.code == FAILED

    def transact(self, pk, sk, other, exists):
        """Delete one item and put another, if a third is there, or is not."""
        one, two, third = ((pk, self.sort(sk)), ("new", self.sort(other)), ("b", self.sort(other)))
        if third == one:
            return
        function = "attribute_exists" if exists else "attribute_not_exists"
        made = {"pk": two[0], "sk": two[1], "g": "g", "r": Decimal(1)}
        table = {"TableName": self.table}
        actions = [
            {"Delete": {**table, "Key": wire(pk=one[0], sk=one[1])}},
            {"Put": {**table, "Item": wire(**made)}},
            {
                "ConditionCheck": {
                    **table, "Key": wire(pk=third[0], sk=third[1]), "ConditionExpression": f"{function}(pk)",
                }
            },
        ]  # fmt: skip
        if (third in self.items) is exists:
            self.call("TransactWriteItems", TransactItems=actions)
            self.items.pop(one, None)
            self.items[two] = made
        else:
            with pytest.raises(AwsError) as caught:
                self.call("TransactWriteItems", TransactItems=actions)
            assert caught.value.code == "TransactionCanceledException"

    # reads

    def shown(self, where):
        """The items of the table or an index, as they are there."""
        if where == "table":
            return list(self.items.values())
        found = [one for one in self.items.values() if "r" in one and ("g" in one or where == "lsi")]
        if where == "gsi":
            return found
        return [{name: value for name, value in one.items() if name in ("pk", "sk", "r", "v")} for one in found]

    def query(self, where, pk, condition, options):
        (operator, low, high), (is_forward, limit, more) = condition, options
        partition, sort = {"table": ("pk", "sk"), "lsi": ("pk", "r"), "gsi": ("g", "r")}[where]
        value = GROUPS[PARTITIONS.index(pk)] if where == "gsi" else pk
        row = sorted(self.sorts if where == "table" else RANKS, key=order)
        low, high = sorted((row[low % len(row)], row[high % len(row)]), key=order)
        tests = {
            "=": ("= :l", lambda found: found == low), "<": ("< :l", lambda found: order(found) < order(low)),
            ">": ("> :l", lambda found: order(found) > order(low)),
            "l": ("<= :l", lambda found: order(found) <= order(low)),
            "g": (">= :l", lambda found: order(found) >= order(low)),
            "b": ("BETWEEN :l AND :h", lambda found: order(low) <= order(found) <= order(high)),
        }  # fmt: skip
        given = {":p": wire(v=value)["v"], ":l": wire(v=low)["v"]}
        if operator == "B":
            if isinstance(low, Decimal):
                return
            test, holds = "begins_with(#s, :l)", lambda found: order(found).startswith(order(low))
        else:
            text, holds = tests[operator]
            test = f"#s {text}"
            if ":h" in text:
                given[":h"] = wire(v=high)["v"]
        expected = [one for one in self.shown(where) if one[partition] == value and holds(one[sort])]
        filtered = {}
        if more is not None:
            expected = [one for one in expected if one.get("v", Decimal(-9)) >= more]
            given[":m"] = {"N": str(more)}
            filtered = {"FilterExpression": "v >= :m"}
        seen = self.pages(
            "Query",
            where,
            KeyConditionExpression=f"#p = :p AND {test}",
            ExpressionAttributeNames={"#p": partition, "#s": sort},
            ExpressionAttributeValues=given,
            ScanIndexForward=is_forward,
            Limit=limit,
            **filtered,
        )
        assert in_any_order(seen) == in_any_order(expected)
        keys = [order(one[sort]) for one in seen]
        assert keys == sorted(keys, reverse=not is_forward)

    def scan(self, where, limit, total):
        seen = []
        for segment in range(total):
            seen += self.pages("Scan", where, Limit=limit, Segment=segment, TotalSegments=total)
        assert in_any_order(seen) == in_any_order(self.shown(where))

    def pages(self, operation, where, **request):
        seen, start = [], {}
        while True:
            index = {} if where == "table" else {"IndexName": where}
            answer = self.call(operation, **index, **request, **start)
            seen += [plain(one) for one in answer["Items"]]
            assert answer["Count"] == len(answer["Items"]) <= answer["ScannedCount"] <= request["Limit"]
            if "LastEvaluatedKey" not in answer:
                return seen
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def wire(**attributes):
    """As dispatch takes it: binary is text there already."""
    found = item(**attributes)
    return {
        name: {"B": b64encode(bytes(value["B"])).decode()} if "B" in value else value for name, value in found.items()
    }


def plain(found):
    if found is None:
        return None
    binary = {name: b64decode(value["B"]) for name, value in found.items() if "B" in value}
    return {**(unwire({name: value for name, value in found.items() if name not in binary}) or {}), **binary}


def in_any_order(items):
    return sorted(sorted((name, repr(value)) for name, value in one.items()) for one in items)


@pytest.mark.parametrize("kind", ["S", "N", "B"])
@settings(
    max_examples=50, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.generate],  # to shrink a failure takes a while: add Phase.shrink when there is one
)  # fmt: skip
@given(operations=st.lists(OPERATIONS, min_size=20, max_size=60))
def test_a_table_does_what_its_model_does(cloud, ddb, account, kind, operations):
    pair = Pair(cloud, ddb, account, kind)
    for name, *arguments in operations:
        getattr(pair, name)(*arguments)
    for where in ("table", "lsi", "gsi"):
        pair.scan(where, 3, 2)
    assert index_rows(cloud, account, pair.table) == len(pair.shown("lsi")) + len(pair.shown("gsi"))
