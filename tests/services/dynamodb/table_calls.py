"""The vocabulary of the tests of tables: requests, refusals, and what is in a table or an index."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "One or more parameter values were invalid: "


@contextmanager
def refused(code: str, message: str, status: int = 400) -> Iterator[None]:
    """The call inside fails with exactly this code, message and HTTP status."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def invalid(message: str) -> Any:
    return refused("ValidationException", PREFIX + message)


def not_found(name: str) -> Any:
    return refused("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")


def schema(*names: str) -> list[dict[str, str]]:
    """A key schema of a partition key and a sort key."""
    return [{"AttributeName": n, "KeyType": k} for n, k in zip(names, ("HASH", "RANGE"), strict=False)]


def definitions(*pairs: str) -> list[dict[str, str]]:
    """Attribute definitions of `name:kind` texts."""
    split = [pair.split(":") for pair in pairs]
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in split]


def index(name: str, *names: str, **more: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": schema(*names), "Projection": {"ProjectionType": "ALL"}, **more}


def table_request(
    name: str, *key: str, indexes: dict[str, str] | None = None, local: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """A request for an on-demand table with keys of `name:kind` texts."""
    pairs = list(key)
    request: dict[str, Any] = {"TableName": name, "KeySchema": schema(*(part.split(":")[0] for part in key))}
    for index_name, text in (indexes or {}).items():
        pairs += text.split()
        keys = [part.split(":")[0] for part in text.split()]
        request.setdefault("GlobalSecondaryIndexes", []).append(index(index_name, *keys))
    for index_name, part in (local or {}).items():
        pairs.append(part)
        keys = [key[0].split(":")[0], part.split(":")[0]]
        request.setdefault("LocalSecondaryIndexes", []).append(index(index_name, *keys))
    request["AttributeDefinitions"] = definitions(*dict.fromkeys(pairs))
    if "ProvisionedThroughput" not in more:
        request["BillingMode"] = "PAY_PER_REQUEST"
    return {**request, **more}


def units(read: int, write: int) -> dict[str, int]:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def described(ddb: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = ddb.describe_table(TableName=name)["Table"]
    return found


def described_index(ddb: Any, table: str, name: str) -> dict[str, Any]:
    """The description of a global index."""
    found = [i for i in described(ddb, table)["GlobalSecondaryIndexes"] if i["IndexName"] == name]
    return dict(found[0])


def put(ddb: Any, table: str, **item: str | int) -> None:
    """An item of texts and numbers."""
    values = {name: {"N": str(v)} if isinstance(v, int) else {"S": v} for name, v in item.items()}
    ddb.put_item(TableName=table, Item=values)


def keys_in(ddb: Any, table: str, index_name: str | None = None) -> set[str]:
    """The partition keys `pk` of all that a table or an index holds."""
    options = {} if index_name is None else {"IndexName": index_name}
    pages = ddb.get_paginator("scan").paginate(TableName=table, **options)
    return {item["pk"]["S"] for page in pages for item in page["Items"]}
