"""The core of IAM's policy simulator: SimulateCustomPolicy, SimulatePrincipalPolicy, GetContextKeysFor*Policy.

The simulator takes documents instead of stored policies and context entries instead of a request, and otherwise asks
`evaluate`. Besides the decision it reports the statements that decided it, by their place in the document's text, and
the context keys that the documents mention and the caller did not supply.
AWS: IAM API Reference, "EvaluationResult".
"""

from __future__ import annotations

import bisect
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypedDict

from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.document import MalformedPolicy, Policy, Statement, compile_policy
from cloudchamber.identity.evaluate import AccessRequest, Decision, PolicySet, evaluate, resource_grant, scan
from cloudchamber.identity.principals import ANONYMOUS, Principal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cloudchamber.identity.patterns import Value

EvalDecision = Literal["allowed", "explicitDeny", "implicitDeny"]

_DECISIONS: Final[dict[str, EvalDecision]] = {
    "allow": "allowed",
    "explicit_deny": "explicitDeny",
    "implicit_deny": "implicitDeny",
}
# What the simulator knows without being told.
_TIME_KEYS: Final = ("aws:currenttime", "aws:epochtime")
_CALLER_KEYS: Final = ("aws:principal", "aws:userid", "aws:username")


class Position(TypedDict):
    Line: int
    Column: int


class MatchedStatement(TypedDict):
    SourcePolicyId: str
    SourcePolicyType: str
    StartPosition: Position
    EndPosition: Position


class BoundaryDetail(TypedDict):
    AllowedByPermissionsBoundary: bool


class ResourceResult(TypedDict):
    EvalResourceName: str
    EvalResourceDecision: EvalDecision
    MatchedStatements: list[MatchedStatement]
    MissingContextValues: list[str]
    PermissionsBoundaryDecisionDetail: NotRequired[BoundaryDetail]


class EvaluationResult(TypedDict):
    EvalActionName: str
    EvalResourceName: str
    EvalDecision: EvalDecision
    MatchedStatements: list[MatchedStatement]
    MissingContextValues: list[str]
    PermissionsBoundaryDecisionDetail: NotRequired[BoundaryDetail]
    ResourceSpecificResults: NotRequired[list[ResourceResult]]


@dataclass(frozen=True, slots=True)
class SourcePolicy:
    """A document to simulate with, and how results refer to it ("PolicyInputList.1")."""

    document: str
    source_id: str
    source_type: str = "IAM Policy"


@dataclass(frozen=True, slots=True)
class Simulation:
    """The question. `now` is in epoch seconds; without `caller` only the context entries speak of the principal."""

    policies: Sequence[SourcePolicy]
    actions: Sequence[str]
    now: float
    resources: Sequence[str] = ()
    context: Mapping[str, Value] = field(default_factory=dict)
    boundary: SourcePolicy | None = None
    resource_policy: SourcePolicy | None = None
    resource_owner: str = ""
    caller: Principal | None = None


class _Context:
    """Context entries, then the few keys that follow from the caller and the time."""

    __slots__ = ("_computed", "_entries", "_known")

    def __init__(self, simulation: Simulation) -> None:
        self._entries = {name.lower(): value for name, value in simulation.context.items()}
        self._computed = RequestContext(simulation.caller or ANONYMOUS, simulation.now)
        self._known = _TIME_KEYS if simulation.caller is None else _TIME_KEYS + _CALLER_KEYS

    def get(self, key: str, /) -> Value | None:
        value = self._entries.get(key)
        if value is None and key.startswith(self._known):
            return self._computed.get(key)
        return value


class _Documents:
    """The compiled documents of a simulation, each named by its number, by which statements find their text."""

    __slots__ = ("boundary", "identity", "resource", "sources", "spans")

    def __init__(self, simulation: Simulation) -> None:
        self.sources: list[SourcePolicy] = []
        self.spans: dict[str, list[tuple[Position, Position]]] = {}
        self.identity = tuple(self._compile(source) for source in simulation.policies)
        self.boundary = self._compile(simulation.boundary) if simulation.boundary else None
        self.resource = self._compile(simulation.resource_policy) if simulation.resource_policy else None

    def _compile(self, source: SourcePolicy) -> Policy:
        number = str(len(self.sources))
        self.sources.append(source)
        self.spans[number] = list(statement_positions(source.document))
        return compile_policy(source.document, number)

    def everything(self) -> Iterator[Policy]:
        yield from self.identity
        yield from (policy for policy in (self.boundary, self.resource) if policy is not None)

    def matched(self, statement: Statement) -> MatchedStatement:
        source = self.sources[int(statement.policy_name)]
        start, end = self.spans[statement.policy_name][statement.index]
        return {
            "SourcePolicyId": source.source_id,
            "SourcePolicyType": source.source_type,
            "StartPosition": start,
            "EndPosition": end,
        }


def simulate(simulation: Simulation) -> list[EvaluationResult]:
    """One result for each action on each resource. Raises MalformedPolicy for a document that does not compile."""
    documents = _Documents(simulation)
    context = _Context(simulation)
    missing = [key for key in _keys_of(documents.everything()) if context.get(key.lower()) is None]
    results: list[EvaluationResult] = []
    for action in simulation.actions:
        for resource in simulation.resources or ("*",):
            request = AccessRequest(action, resource, simulation.resource_owner, context)
            results.append(_result(simulation, documents, request, missing))
    return results


def _result(
    simulation: Simulation, documents: _Documents, request: AccessRequest, missing: list[str]
) -> EvaluationResult:
    caller = simulation.caller or Principal("user", request.resource_account or "0", "", "", "", "")
    policies = PolicySet(documents.identity, documents.boundary)
    decision = evaluate(caller, policies, documents.resource, request)
    matched = [documents.matched(statement) for statement in _deciding(caller, documents, request, decision)]
    named = request.resource_arn != "*"
    result: EvaluationResult = {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource_arn,
        "EvalDecision": _DECISIONS[decision.kind],
        "MatchedStatements": matched,
        "MissingContextValues": [] if named else list(missing),
    }
    if named:
        specific: ResourceResult = {
            "EvalResourceName": request.resource_arn,
            "EvalResourceDecision": result["EvalDecision"],
            "MatchedStatements": matched,
            "MissingContextValues": list(missing),
        }
        result["ResourceSpecificResults"] = [specific]
    if documents.boundary is not None:
        denied, allowed = scan((documents.boundary,), request)
        detail: BoundaryDetail = {"AllowedByPermissionsBoundary": denied is None and allowed is not None}
        result["PermissionsBoundaryDecisionDetail"] = detail
        for each in result.get("ResourceSpecificResults", []):
            each["PermissionsBoundaryDecisionDetail"] = detail
    return result


def _deciding(
    caller: Principal, documents: _Documents, request: AccessRequest, decision: Decision
) -> Iterator[Statement]:
    """Every statement that allows or, in an explicit deny, only those that deny."""
    if decision.kind == "implicit_deny":
        return
    for policy in (*documents.identity, *([documents.boundary] if documents.boundary and not decision.allowed else [])):
        denies, allows = policy.about(request.action)
        for statement in allows if decision.allowed else denies:
            if statement.applies(request.resource_arn, request.context):
                yield statement
    if documents.resource is not None:
        bounded = documents.boundary is not None
        grant = resource_grant(caller, documents.resource, request, bounded=bounded)
        by = grant.allowed_by if decision.allowed else grant.denied_by
        if by is not None:
            yield by


def context_keys(documents: Iterable[str]) -> list[str]:
    """The condition keys and policy variables that documents mention, as written, each once, in order of mention.

    Raises MalformedPolicy.
    """
    return list(_keys_of(compile_policy(document) for document in documents))


def _keys_of(policies: Iterable[Policy]) -> Iterator[str]:
    seen: set[str] = set()
    for policy in policies:
        for statement in policy.statements:
            names = [*(condition.key for condition in statement.conditions)]
            names += [variable.name for variable in statement.variables()]
            for name in names:
                if name.lower() not in seen:
                    seen.add(name.lower())
                    yield name


def statement_positions(text: str) -> Iterator[tuple[Position, Position]]:
    """Where each statement stands in the text: at its opening brace, and just behind its closing one, from 1."""
    line_starts = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]

    def position(offset: int) -> Position:
        line = bisect.bisect_right(line_starts, offset)
        return {"Line": line, "Column": offset - line_starts[line - 1] + 1}

    for start, end in _statement_spans(text):
        yield position(start), position(end)


def _statement_spans(text: str) -> Iterator[tuple[int, int]]:
    for name, start, end in _members(text, 0):
        if name != "Statement":
            continue
        if text[start] == "{":
            yield start, end
        else:
            yield from _items(text, start)


_DECODER: Final = json.JSONDecoder()


def _value(text: str, at: int) -> tuple[object, int]:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise MalformedPolicy("Syntax errors in policy.") from None
    return value, end


def _skip(text: str, at: int, characters: str = " \t\r\n") -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _members(text: str, at: int) -> Iterator[tuple[object, int, int]]:
    """(name, start of value, end of value) of the object that opens at or behind `at`; the text is known to be JSON."""
    at = _skip(text, _skip(text, at) + 1)
    while at < len(text) and text[at] == '"':
        name, at = _value(text, at)
        start = _skip(text, at, " \t\r\n:")
        _item, end = _value(text, start)
        yield name, start, end
        at = _skip(text, end, " \t\r\n,")


def _items(text: str, at: int) -> Iterator[tuple[int, int]]:
    at = _skip(text, at + 1)
    while at < len(text) and text[at] == "{":
        _item, end = _value(text, at)
        yield at, end
        at = _skip(text, end, " \t\r\n,")
