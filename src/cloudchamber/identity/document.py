"""Policy documents, parsed and compiled.

Compiling turns each statement's elements into tests that run without looking at the document again: principals into
sets, resources into sets, prefixes and expressions, conditions into closures. Which statements speak of an action does
not depend on the request, so a policy remembers it per action: after the first call of an operation, finding them is
one dictionary look-up.

Compiling accepts what services store (also old documents that today's validation would refuse) and raises
MalformedPolicy only where it cannot make sense of a document; `validation` gives AWS's own judgement.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NoReturn

from cloudchamber.identity.conditions import Condition, UnknownOperator
from cloudchamber.identity.patterns import Lookup, PatternSet, Variable
from cloudchamber.identity.principals import PrincipalElement

Effect = Literal["Allow", "Deny"]
MalformedKind = Literal["syntax", "version", "sid", "effect", "principal", "action", "resource", "condition"]

CURRENT_VERSION = "2012-10-17"
_ACTIONS_REMEMBERED_MAX = 1024
SYNTAX_ERRORS = "Syntax errors in policy."


class MalformedPolicy(ValueError):
    """The document is no policy. The message is IAM's; `kind` lets a service with messages of its own choose one."""

    def __init__(self, message: str, kind: MalformedKind = "syntax") -> None:
        super().__init__(message)
        self.message = message
        self.kind: MalformedKind = kind


class Statement:
    """One compiled statement. `index` is its position in the document, `policy_name` the name given to the policy."""

    __slots__ = (
        "actions",
        "conditions",
        "effect",
        "index",
        "not_action",
        "not_resource",
        "policy_name",
        "principal",
        "resources",
        "resources_written",
        "sid",
        "version",
    )

    def __init__(self, body: Mapping[str, Any], version: str, policy_name: str, index: int) -> None:
        variables = version >= CURRENT_VERSION
        self.version = version
        self.policy_name = policy_name
        self.index = index
        self.sid = str(body.get("Sid", ""))
        self.effect: Effect = _effect(body.get("Effect"))
        self.not_action = "NotAction" in body
        written = strings(body.get("NotAction" if self.not_action else "Action"))
        self.actions = PatternSet((action.lower() for action in written), "glob", variables=False)
        self.not_resource = "NotResource" in body
        # Trust policies have neither Resource nor NotResource: they speak of the role they are attached to.
        self.resources: PatternSet | None = None
        self.resources_written: tuple[str, ...] = ()
        if self.not_resource or "Resource" in body:
            self.resources_written = tuple(strings(body.get("NotResource" if self.not_resource else "Resource")))
            resources = PatternSet(self.resources_written, "resource", variables=variables)
            self.resources = None if resources.everything and not self.not_resource else resources
        self.principal = _principal(body)
        self.conditions = tuple(_conditions(body.get("Condition"), variables=variables))

    def speaks_of(self, lower_action: str) -> bool:
        return self.actions.matches(lower_action, _NOTHING) is not self.not_action

    def covers(self, resource: str, lookup: Lookup) -> bool:
        """Whether the Resource or NotResource element means `resource` (an ARN, or "*" where an action has none)."""
        if self.resources is None:
            return True
        return self.resources.matches(resource, lookup) is not self.not_resource

    def applies(self, resource: str, lookup: Lookup) -> bool:
        """Resource and conditions; action and principal are the caller's to check."""
        resources = self.resources
        if resources is not None and resources.matches(resource, lookup) is self.not_resource:
            return False
        for condition in self.conditions:  # noqa: SIM110 - on every call's road; a generator costs three times as much
            if not condition.holds(lookup):
                return False
        return True

    def variables(self) -> Iterator[Variable]:
        """The policy variables named in the statement."""
        if self.resources is not None:
            yield from self.resources.variables()
        for condition in self.conditions:
            yield from condition.variables


Statements = tuple[tuple[Statement, ...], tuple[Statement, ...]]


class Policy:
    """A compiled document. `name` is what decisions call it; `about` gives the statements that speak of an action."""

    __slots__ = ("_by_action", "name", "statements", "version")

    def __init__(self, name: str, version: str, statements: Sequence[Statement]) -> None:
        self.name = name
        self.version = version
        self.statements = tuple(statements)
        self._by_action: dict[str, Statements] = {}

    def about(self, action: str) -> Statements:
        """(Deny statements, Allow statements) whose Action element means `action`, in document order."""
        found = self._by_action.get(action)
        if found is None:
            lower = action.lower()
            speaking = [statement for statement in self.statements if statement.speaks_of(lower)]
            found = (
                tuple(statement for statement in speaking if statement.effect == "Deny"),
                tuple(statement for statement in speaking if statement.effect == "Allow"),
            )
            if len(self._by_action) >= _ACTIONS_REMEMBERED_MAX:
                self._by_action.clear()
            self._by_action[action] = found
        return found


class _Nothing:
    def get(self, _key: str, /) -> None:
        return None


_NOTHING = _Nothing()


def parse_json(text: str) -> Any:
    """JSON as IAM reads it. Raises MalformedPolicy for anything else, however deep or odd."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError, TypeError):
        raise MalformedPolicy(SYNTAX_ERRORS) from None


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


def compile_policy(document: str | Mapping[str, Any], name: str = "") -> Policy:
    """A policy ready for evaluation. Compiling costs far more than evaluating: callers keep the result by document.

    Raises MalformedPolicy.
    """
    body = parse_json(document) if isinstance(document, str) else document
    if not isinstance(body, Mapping):
        raise MalformedPolicy(SYNTAX_ERRORS)
    version = body.get("Version", "2008-10-17")
    if not isinstance(version, str):
        raise MalformedPolicy(SYNTAX_ERRORS, "version")
    statements = body.get("Statement", [])
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(statement, Mapping) for statement in statements):
        raise MalformedPolicy(SYNTAX_ERRORS)
    return Policy(name, version, [Statement(item, version, name, index) for index, item in enumerate(statements)])


def strings(value: Any) -> list[str]:
    """A string or a list of strings, as a list. Raises MalformedPolicy."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise MalformedPolicy(SYNTAX_ERRORS)


def scalars(value: Any) -> list[str]:
    """Condition values, which may also be numbers and booleans, as AWS would write them in text."""
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            return str(value)
        except ValueError:
            pass
    raise MalformedPolicy(SYNTAX_ERRORS, "condition")


def _effect(value: Any) -> Effect:
    if value == "Allow":
        return "Allow"
    if value == "Deny":
        return "Deny"
    raise MalformedPolicy(SYNTAX_ERRORS, "effect")


def principal_values(value: Any) -> list[tuple[str, str]]:
    """(type, value) pairs of a Principal element; "*" alone has the type "*". Raises MalformedPolicy."""
    if value == "*":
        return [("*", "*")]
    if not isinstance(value, Mapping):
        raise MalformedPolicy(SYNTAX_ERRORS, "principal")
    return [(kind, item) for kind, items in value.items() for item in strings(items)]


def _principal(body: Mapping[str, Any]) -> PrincipalElement | None:
    if "NotPrincipal" in body:
        return PrincipalElement(principal_values(body["NotPrincipal"]), negated=True)
    if "Principal" in body:
        return PrincipalElement(principal_values(body["Principal"]), negated=False)
    return None


def _conditions(block: Any, *, variables: bool) -> Iterator[Condition]:
    if block is None:
        return
    if not isinstance(block, Mapping):
        raise MalformedPolicy(SYNTAX_ERRORS, "condition")
    for operator_name, keys in block.items():
        if not isinstance(keys, Mapping):
            raise MalformedPolicy(SYNTAX_ERRORS, "condition")
        for key, values in keys.items():
            try:
                yield Condition(operator_name, key, scalars(values), variables=variables)
            except UnknownOperator as unknown:
                raise MalformedPolicy(f"Invalid Condition type : {unknown}.", "condition") from None
