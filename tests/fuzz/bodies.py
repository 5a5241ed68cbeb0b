"""Inputs for a service's operations: nearly right by its model, then bent."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudchamber import registry
from cloudchamber.protocol import models
from tests.gateway.signing import Call

if TYPE_CHECKING:
    import random

    from cloudchamber.protocol.models import Operation, Shape

SERVICES = ("sqs", "iam", "sts", "sns", "dynamodb", "dynamodbstreams", "kms", "cloudformation")
DEPTH_MAX = 5
LIST_MAX = 3

WRONG: list[Any] = [
    None, True, False, 0, -1, 1, 1.5, 2**31, 2**63, -(2**63), 10**30, "", " ", "a", "\x00", "\ud7ff", "é", "日本", "😀",
    "x" * 300, [], [[]], {}, {"": ""}, [None], {"a": None}, "NaN", "1e999", "2015-08-30T12:36:00Z", "*",
    "arn:aws:sqs:::", "arn:aws:iam::000000000000:role/x", "http://localhost/000000000000/q", "-", "../..", "%00",
    "{}", "[", "<a>&amp;",
]  # fmt: skip
WORDS = [
    "q", "q.fifo", "fuzz", "All", "VisibilityTimeout", "DelaySeconds", "FifoQueue", "true", "false", "0", "10", "1",
    "Policy", "RedrivePolicy", '{"maxReceiveCount": 1, "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:q"}',
    "KmsMasterKeyId", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    "arn:aws:sqs:us-east-1:1:q", "http://localhost/000000000000/q", "/path/", "user", "role", "Active", "text/plain",
    "todos", "pk", "S", "a.b[1].c", "#n", ":v", "pk = :v AND begins_with(#n, :v)", "SET a = if_not_exists(b, :v) + :v",
    "REMOVE a[0], #n ADD n :v", "SELECT * FROM todos WHERE pk = ?",
    "INSERT INTO todos VALUE {'pk': 'x', 'n': <<1, 2>>}", "alias/fuzz", "12.50", "-1E-7", "2015-08-30T12:36:00.000",
    "String", "Number", "Binary", "arn:aws:iam::000000000000:role/role", "session", "AQEBtoken",
]  # fmt: skip
_LONG_POLLS = ("WaitTimeSeconds",)
# What there has to be for inputs to get far: a call to make beforehand.
PREPARED: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": (
        "CreateTable",
        {
            "TableName": "todos",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        },
    )
}


def available(service: str) -> list[str]:
    """The operations a service offers by now."""
    module, _, name = registry.SERVICES[service].partition(":")
    return sorted(getattr(importlib.import_module(module), name).bound_methods(models.load(service)))


class Bender:
    """Draws one input. Every value is wrong with a chance of its own."""

    def __init__(self, draw: random.Random, wrongness: float) -> None:
        self._draw = draw
        self._wrongness = wrongness

    def value(self, shape: Shape, depth: int = 0) -> Any:
        draw = self._draw
        if draw.random() < self._wrongness:
            return draw.choice(WRONG)
        if shape.type == "structure":
            return self._structure(shape, depth)
        if shape.type == "list":
            return [self.value(shape.member, depth + 1) for _ in range(draw.randrange(LIST_MAX))]
        if shape.type == "map":
            return {
                str(draw.choice(WORDS)): self.value(shape.value, depth + 1) for _ in range(draw.randrange(LIST_MAX))
            }
        if shape.type in ("integer", "long", "float", "double"):
            return draw.choice((0, 1, 2, 10, 30, 300))
        if shape.type == "boolean":
            return draw.random() < 0.5
        if shape.type == "blob":
            return "aGVsbG8="
        if shape.type == "timestamp":
            return 1_440_938_160
        return draw.choice(list(shape.get("enum") or ()) + WORDS)

    def _structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        draw, found = self._draw, {}
        for name, member in shape.members.items():
            if name in _LONG_POLLS or (depth > DEPTH_MAX and name not in shape.required):
                continue
            if (name in shape.required and draw.random() > self._wrongness) or draw.random() < 0.3:
                found[name] = self.value(member, depth + 1)
        if draw.random() < self._wrongness:
            found[str(draw.choice(WRONG))] = draw.choice(WRONG)
        return found


def form(value: Any, prefix: str, draw: random.Random) -> list[tuple[str, str]]:
    """A tree as the pairs of a query form; lists in one of the ways that clients of different ages write them."""
    if isinstance(value, dict):
        pairs = []
        if draw.random() < 0.5 or not prefix:
            for name, inner in value.items():
                pairs += form(inner, f"{prefix}.{name}" if prefix else str(name), draw)
            return pairs
        for at, (name, inner) in enumerate(value.items(), 1):
            pairs += [(f"{prefix}.entry.{at}.key", str(name)), *form(inner, f"{prefix}.entry.{at}.value", draw)]
        return pairs
    if isinstance(value, list):
        middle = draw.choice(("", ".member"))
        return [pair for at, inner in enumerate(value, 1) for pair in form(inner, f"{prefix}{middle}.{at}", draw)]
    if isinstance(value, bool):
        return [(prefix, "true" if value else "false")]
    return [] if value is None else [(prefix, str(value))]


def json_call(service: str, operation: Operation, body: bytes, key: str) -> Call:
    model = operation.model
    headers = {
        "content-type": f"application/x-amz-json-{model.json_version}",
        "x-amz-target": f"{model.target_prefix}.{operation.name}",
    }
    return Call(model.signing_name, headers=headers, body=body, key=key)


def query_call(service: str, operation: Operation, pairs: list[tuple[str, str]], key: str) -> Call:
    pairs = [("Action", operation.name), ("Version", operation.model.api_version), *pairs]
    body = "&".join(f"{quote(k, safe='.')}={quote(v)}" for k, v in pairs).encode()
    return Call(service, headers={"content-type": "application/x-www-form-urlencoded"}, body=body, key=key)


def drawn(service: str, operation: Operation, draw: random.Random, key: str) -> Call:
    """A signed call of an operation with an input that is more or less wrong, in one of its protocols."""
    bender = Bender(draw, draw.choice((0.0, 0.05, 0.3)))
    value = {} if operation.input is None else bender.value(operation.input)
    if "json" in operation.model.protocols and draw.random() < 0.6:
        return json_call(service, operation, json.dumps(value).encode(), key)
    return query_call(service, operation, form(value if isinstance(value, dict) else {"x": value}, "", draw), key)
