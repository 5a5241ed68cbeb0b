"""The vocabulary of the tests of items: plain Python values for items, tables by their keys, refusals."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.testing import RunningCloud

KIB = 1024
INVALID = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "
SEVERAL = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
MISMATCH = "The provided key element does not match the schema"
wire = TypeSerializer().serialize
plain = TypeDeserializer().deserialize


@contextmanager
def refused(code: str, message: str | None, status: int = 400) -> Iterator[dict[str, Any]]:
    """The call inside fails with exactly this code, message and HTTP status; the answer is given back."""
    answer: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield answer
    answer.update(caught.value.response)
    assert (answer["Error"]["Code"], answer["Error"].get("Message")) == (code, message)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


def invalid(message: str) -> Any:
    """The call inside is refused as a ValidationException with this message."""
    return refused("ValidationException", message)


def item(**attributes: Any) -> dict[str, Any]:
    """`item(pk="a", n=1)` as it goes over the wire."""
    return {name: wire(value) for name, value in attributes.items()}


def unwire(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An item from the wire as plain Python values."""
    return None if found is None else {name: plain(value) for name, value in found.items()}


def make_table(
    ddb: Any,
    *keys: str,
    name: str = "table",
    gsi: Mapping[str, tuple[str, ...]] | None = None,
    lsi: Mapping[str, tuple[str, ...]] | None = None,
    **options: Any,
) -> str:
    """`make_table(ddb, "pk:S", "sk:N", lsi={"l": ("pk:S", "at:N", "KEYS_ONLY")})`; the table's name.

    An index is its partition key, a sort key if it has one, and what it shows: nothing for all, KEYS_ONLY, or the
    names of attributes in brackets: "[a b]". A partition key of several attributes is "a:S b:N".
    """
    kinds: dict[str, str] = {}

    def schema(parts: tuple[str, ...]) -> list[dict[str, str]]:
        found = []
        for part, role in zip(parts, ("HASH", "RANGE"), strict=False):
            for attribute in part.split():
                key, _, kind = attribute.partition(":")
                kinds[key] = kind
                found.append({"AttributeName": key, "KeyType": role})
        return found

    def index(title: str, parts: tuple[str, ...]) -> dict[str, Any]:
        shown = parts[-1] if ":" not in parts[-1] else "ALL"
        projection: dict[str, Any] = {"ProjectionType": "INCLUDE" if shown.startswith("[") else shown}
        if shown.startswith("["):
            projection["NonKeyAttributes"] = shown.strip("[]").split()
        found = {
            "IndexName": title,
            "KeySchema": schema(tuple(part for part in parts if ":" in part)),
            "Projection": projection,
        }
        if "ProvisionedThroughput" in options and title in (gsi or {}):
            found["ProvisionedThroughput"] = options["ProvisionedThroughput"]
        return found

    request: dict[str, Any] = {"TableName": name, "KeySchema": schema(keys), **options}
    for member, indexes in (("GlobalSecondaryIndexes", gsi), ("LocalSecondaryIndexes", lsi)):
        if indexes:
            request[member] = [index(title, parts) for title, parts in indexes.items()]
    request["AttributeDefinitions"] = [{"AttributeName": key, "AttributeType": kind} for key, kind in kinds.items()]
    if "ProvisionedThroughput" not in options:
        request["BillingMode"] = "PAY_PER_REQUEST"
    ddb.create_table(**request)
    return name


def put(ddb: Any, table: str = "table", **attributes: Any) -> None:
    ddb.put_item(TableName=table, Item=item(**attributes))


def get(ddb: Any, table: str = "table", **key: Any) -> dict[str, Any] | None:
    """An item as plain values; None if it is not there."""
    answer = ddb.get_item(TableName=table, Key=item(**key), ConsistentRead=True)
    return unwire(answer.get("Item"))


def fill(ddb: Any, items: list[dict[str, Any]], table: str = "table") -> None:
    """Put many items of plain values."""
    for at in range(0, len(items), 25):
        requests = [{"PutRequest": {"Item": item(**one)}} for one in items[at : at + 25]]
        assert not ddb.batch_write_item(RequestItems={table: requests})["UnprocessedItems"]


def values(**given: Any) -> dict[str, Any]:
    """`values(v=1)` for ExpressionAttributeValues: `:v`."""
    return {f":{name}": wire(value) for name, value in given.items()}


def found(answer: Mapping[str, Any], name: str | None = None) -> list[Any]:
    """The items of an answer as plain values, or one attribute of each."""
    items = [unwire(one) or {} for one in answer["Items"]]
    return items if name is None else [one.get(name) for one in items]


def arn_of(account: str, table: str = "table", region: str = "us-east-1") -> str:
    return f"arn:aws:dynamodb:{region}:{account}:table/{table}"


def index_rows(cloud: RunningCloud, account: str, table: str = "table", region: str = "us-east-1") -> int:
    """How many rows the indexes of a table have in the store."""

    def count(running: Any) -> int:
        store = running.dispatcher.lookup("dynamodb", "GetItem").service.store
        view = store.view(account, region, table)
        total = 0
        for index in view.indexes:
            low, high = index.number.to_bytes(4, "big"), (index.number + 1).to_bytes(4, "big")
            total += running.store.value("SELECT count(*) FROM dynamodb_index WHERE k >= ? AND k < ?", (low, high))
        return total

    return cloud.look(count)
