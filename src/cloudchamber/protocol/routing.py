"""Which operation of a service a request asks for, and in which protocol it speaks.

RPC protocols name the operation (`X-Amz-Target`, `Action=`, the CBOR path); REST ones are matched by method, path
template and the literal parts of the template's query string, the most literal template first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cloudchamber.core.errors import AwsError
from cloudchamber.protocol.query import parse_form
from cloudchamber.protocol.rest import compile_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.protocol.models import Operation, ServiceModel
    from cloudchamber.protocol.wire import WireRequest


class UnknownOperation(AwsError):
    code = "UnknownOperationException"
    status = 400


class InvalidAction(AwsError):
    code = "InvalidAction"
    status = 400


class Route(NamedTuple):
    protocol: str
    operation: str


_CBOR_PATH = re.compile(r"/service/([A-Za-z0-9_]+)/operation/([A-Za-z0-9_]+)\Z")
_ACTION = re.compile(rb"(?:^|&)Action=([^&]*)")
_REST = ("rest-json", "rest-xml")


def cbor_target(path: str) -> tuple[str, str] | None:
    """The service and operation names in a `smithy-rpc-v2-cbor` path."""
    found = _CBOR_PATH.search(path)
    return None if found is None else (found[1], found[2])


def action_of(request: WireRequest) -> str | None:
    """The `Action` parameter of a query request, from the body or the URL."""
    found = _ACTION.search(request.body) if request.body else None
    if found is None and "Action=" in request.query_string:
        found = _ACTION.search(request.query_string.encode())
    return None if found is None else found[1].decode("ascii", "replace")


class Router:
    """Routes the requests of one service."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._protocols = model.protocols
        self._rest = next((p for p in self._protocols if p in _REST), None)
        self._table = _RestTable(model) if self._rest else None

    def route(self, request: WireRequest) -> Route:
        """The protocol and operation of a request; UnknownOperationException or InvalidAction if there is none."""
        headers = request.headers
        if "smithy-protocol" in headers or "/operation/" in request.path:
            target = cbor_target(request.path)
            if target is not None and "smithy-rpc-v2-cbor" in self._protocols:
                return self._named("smithy-rpc-v2-cbor", target[1])
        header = headers.get("x-amz-target")
        if header is not None and "json" in self._protocols:
            return self._named("json", header.rpartition(".")[2])
        for protocol in ("query", "ec2"):
            if protocol in self._protocols:
                return self._action(protocol, action_of(request), headers)
        if self._table is not None and self._rest is not None:
            operation = self._table.find(request)
            if operation is not None:
                return Route(self._rest, operation)
        raise UnknownOperation("")

    def _named(self, protocol: str, operation: str) -> Route:
        if not self._model.has_operation(operation):
            raise UnknownOperation("")
        return Route(protocol, operation)

    def _action(self, protocol: str, action: str | None, headers: object) -> Route:
        if action is None:
            raise AwsError("Missing Action", code="MissingAction", status=400)
        if not self._model.has_operation(action):
            version = self._model.api_version
            raise InvalidAction(f"Could not find operation {action[:128]} for version {version}")
        return Route(protocol, action)

    def default_protocol(self, request: WireRequest) -> str:
        """The protocol to write an error in when no operation could be found."""
        if request.headers.get("x-amz-target") is not None and "json" in self._protocols:
            return "json"
        if "smithy-protocol" in request.headers and "smithy-rpc-v2-cbor" in self._protocols:
            return "smithy-rpc-v2-cbor"
        for protocol in ("query", "ec2"):
            if protocol in self._protocols:
                return protocol
        return self._protocols[0]


@dataclass(slots=True, frozen=True)
class _Choice:
    """What tells an operation from others on its path: query parameters (with their value if literal) and headers."""

    operation: str
    query: dict[str, str]
    headers: tuple[str, ...]
    has_literal_query: bool
    is_deprecated: bool  # S3 has old and new operations on one path; clients use the new ones

    def fits(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        return all(k in query and (not v or query[k] == v) for k, v in self.query.items()) and all(
            name in headers for name in self.headers
        )


def _choice(operation: Operation) -> _Choice:
    literal = operation.request_uri.partition("?")[2]
    query = dict(parse_form(literal)) if literal else {}
    headers: list[str] = []
    shape = operation.input
    for name in shape.required if shape is not None else ():
        member = shape.members.get(name) if shape is not None else None
        if member is None:
            continue
        if member.get("location") == "querystring" and member.type != "map":
            query.setdefault(member.wire_name or name, "")
        elif member.get("location") == "header":
            headers.append((member.wire_name or name).lower())
    is_deprecated = bool(operation.definition.get("deprecated"))
    return _Choice(operation.name, query, tuple(headers), bool(literal), is_deprecated)


class _RestTable:
    """REST operations by method, grouped by path template, the most literal first."""

    def __init__(self, model: ServiceModel) -> None:
        templates: dict[tuple[str, str], list[_Choice]] = {}
        for name in model.operation_names:
            operation = model.operation(name)
            path = operation.request_uri.partition("?")[0].rstrip("/") or "/"
            templates.setdefault((operation.method, path), []).append(_choice(operation))
        # Per method: a path's pattern, its operations, and those of them that a request without a query can mean.
        self._by_method: dict[str, list[tuple[re.Pattern[str], list[_Choice], list[_Choice]]]] = {}
        for (method, path), choices in sorted(templates.items(), key=lambda item: _literalness(item[0][1])):
            choices.sort(key=lambda c: (-len(c.query), -len(c.headers), c.is_deprecated, c.operation))
            plain = [choice for choice in choices if not choice.query]
            self._by_method.setdefault(method, []).append((compile_path(path), choices, plain))

    def find(self, request: WireRequest) -> str | None:
        query: dict[str, str] | None = None
        for pattern, choices, plain in self._by_method.get(request.method, ()):
            if pattern.match(request.path) is None:
                continue
            if len(choices) == 1 and not choices[0].query:
                return choices[0].operation
            if query is None:
                query = dict(parse_form(request.query_string)) if request.query_string else {}
            for choice in choices if query else plain:
                if choice.fits(query, request.headers):
                    return choice.operation
            # Nothing else stands on this path, so it is that operation with something missing.
            if len(choices) == 1 and not choices[0].has_literal_query:
                return choices[0].operation
        return None


def _literalness(path: str) -> tuple[int, int, tuple[bool, ...]]:
    """Sort key: greedy labels last, those first that have most behind them; then literals before labels."""
    segments = path.strip("/").split("/")
    behind = len(path.rpartition("+}")[2]) if "+}" in path else 0
    return (1 if "+}" in path else 0, -behind, tuple("{" in segment for segment in segments))
