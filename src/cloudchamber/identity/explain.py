"""Decisions in words: AWS's error message for the caller, and a full account for the person who has to fix it.

`denied_message` gives what an AWS client sees. `explain` goes through the same policies again, off the road of a call,
and says which statement decided or, when an allow is missing, which statements came near and on what they failed.
AWS: IAM User Guide, "Troubleshoot access denied error messages".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.identity.conditions import Condition
    from cloudchamber.identity.document import Policy, Statement
    from cloudchamber.identity.evaluate import AccessRequest, Decision, PolicySet, PolicyType
    from cloudchamber.identity.patterns import Lookup
    from cloudchamber.identity.principals import Principal

_POLICY_TYPES: Final[dict[PolicyType, str]] = {
    "identity": "identity-based policy",
    "resource": "resource-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "root": "account",
}
_WITH_ARTICLE: Final[dict[PolicyType, str]] = {
    "identity": "an identity-based policy",
    "resource": "a resource-based policy",
    "boundary": "a permissions boundary",
    "session": "a session policy",
    "root": "an account",
}
_TOKEN_ACTIONS: Final = frozenset({"sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"})
_TRUST_ACTIONS: Final = frozenset({"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"})


def denied_message(decision: Decision) -> str:
    """The text of AWS's AccessDenied error."""
    action = decision.action
    if action in _TOKEN_ACTIONS:
        return f"Not authorized to perform {action}"
    message = f"User: {decision.principal_arn} is not authorized to perform: {action}"
    if decision.resource:
        # S3 alone puts the resource in quotes.
        quoted = f'"{decision.resource}"' if action.startswith("s3:") else decision.resource
        message += f" on resource: {quoted}"
    if action in _TRUST_ACTIONS:
        return message
    if decision.kind == "explicit_deny":
        return f"{message} with an explicit deny in {_WITH_ARTICLE[decision.policy_type]}"
    return f"{message} because no {_POLICY_TYPES[decision.policy_type]} allows the {action} action"


def explain(
    decision: Decision,
    principal: Principal,
    policies: PolicySet,
    resource_policy: Policy | None,
    request: AccessRequest,
) -> list[str]:
    """Lines of plain words: who asked for what, what was considered, what decided, what came near, how to fix it."""
    lines = [
        f"{decision.principal_arn} asked for {decision.action} on {decision.resource or '(no resource)'}.",
        f"Considered: {'; '.join(_considered(principal, policies, resource_policy))}.",
    ]
    if _is_cross_account(principal, request):
        lines.append(
            f"The resource belongs to account {request.resource_account}, the caller to {principal.account}: "
            "both sides have to allow."
        )
    lines.append(_outcome(decision))
    if decision.kind == "explicit_deny":
        lines.append("An explicit deny outweighs every allow: narrow or remove that statement.")
    elif decision.kind == "implicit_deny":
        near = _policies_of(decision.policy_type, policies, resource_policy)
        for policy in near:
            lines.extend(_near_misses(policy, principal, request))
        lines.append(_hint(decision, principal))
    return lines


def _is_cross_account(principal: Principal, request: AccessRequest) -> bool:
    return bool(principal.account and request.resource_account) and principal.account != request.resource_account


def _considered(principal: Principal, policies: PolicySet, resource_policy: Policy | None) -> Iterator[str]:
    if principal.kind == "root":
        yield "root, whom no identity policy restricts"
    elif principal.account:
        yield _listed("identity policies", policies.identity)
        if policies.boundary is not None:
            yield f"permissions boundary {_named(policies.boundary)}"
        if policies.session is not None:
            yield _listed("session policies", policies.session)
    else:
        yield "no identity policies, which this kind of caller cannot have"
    yield "no resource policy" if resource_policy is None else f"resource policy {_named(resource_policy)}"


def _listed(what: str, policies: tuple[Policy, ...]) -> str:
    return f"{what} {', '.join(map(_named, policies))}" if policies else f"no {what}"


def _named(policy: Policy) -> str:
    return f'"{policy.name}"' if policy.name else "(unnamed)"


def _outcome(decision: Decision) -> str:
    if decision.policy_type == "root":
        return "Allowed: root of the resource's own account is not restricted."
    kind = _POLICY_TYPES[decision.policy_type]
    if decision.kind == "implicit_deny":
        return f"Denied: no {kind} allows {decision.action} here."
    if decision.allowed and decision.statement_index < 0:  # by a grant, which has no statements
        return f"Allowed by {decision.policy_name}."
    sid = f' ("{decision.sid}")' if decision.sid else ""
    name = f' "{decision.policy_name}"' if decision.policy_name else ""
    where = f"statement {decision.statement_index + 1}{sid} of {kind}{name}"
    return f"Allowed by {where}." if decision.allowed else f"Denied explicitly by {where}."


def _policies_of(policy_type: PolicyType, policies: PolicySet, resource_policy: Policy | None) -> tuple[Policy, ...]:
    if policy_type == "identity":
        return policies.identity
    if policy_type == "boundary":
        return (policies.boundary,) if policies.boundary is not None else ()
    if policy_type == "session":
        return policies.session or ()
    return (resource_policy,) if resource_policy is not None else ()


def _near_misses(policy: Policy, principal: Principal, request: AccessRequest) -> Iterator[str]:
    """Why each statement that would allow the action does not allow this request."""
    _denies, allows = policy.about(request.action)
    if not allows:
        yield f"Policy {_named(policy)} has no statement that allows {request.action}."
    for statement in allows:
        sid = f' ("{statement.sid}")' if statement.sid else ""
        reasons = "; ".join(_failures(statement, principal, request))
        if reasons:
            yield f"Statement {statement.index + 1}{sid} of {_named(policy)} allows {request.action}, but {reasons}."


def _failures(statement: Statement, principal: Principal, request: AccessRequest) -> Iterator[str]:
    if statement.principal is not None:
        match = statement.principal.match(principal, request.canonical_id)
        if match is None:
            yield "for other principals"
        elif match == "account":
            yield "only by delegating to the identity policies of the account"
    if not statement.covers(request.resource_arn, request.context):
        element = "everything except" if statement.not_resource else "only"
        yield f"its resources are {element} {', '.join(statement.resources_written)}"
    for condition in statement.conditions:
        if not condition.holds(request.context):
            yield _failed_condition(condition, request.context)


def _failed_condition(condition: Condition, lookup: Lookup) -> str:
    value = lookup.get(condition.key.lower())
    if value is None:
        actual = "the request has no such key"
    elif isinstance(value, str):
        actual = f'the request has "{value}"'
    else:
        actual = f"the request has {_quoted(value, ' and ')}"
    wanted = _quoted(condition.values, " or ")
    missing = [variable.name for variable in condition.variables if lookup.get(variable.key) is None]
    unresolved = f" (no value for ${{{missing[0]}}})" if missing else ""
    return f"its condition {condition.operator} {condition.key} {wanted} does not hold{unresolved}: {actual}"


def _quoted(values: Sequence[str], joined_by: str) -> str:
    return joined_by.join(f'"{value}"' for value in values) or "an empty list"


def _hint(decision: Decision, principal: Principal) -> str:
    statement: dict[str, object] = {"Effect": "Allow"}
    if decision.policy_type == "resource":
        statement["Principal"] = _principal_value(principal)
    statement["Action"] = decision.action
    if decision.action not in _TRUST_ACTIONS | _TOKEN_ACTIONS or decision.policy_type != "resource":
        statement["Resource"] = decision.resource or "*"
    return (
        f"It would be allowed with this statement in the {_POLICY_TYPES[decision.policy_type]}: {json.dumps(statement)}"
    )


def _principal_value(principal: Principal) -> object:
    if principal.kind == "service":
        return {"Service": principal.name}
    if principal.kind == "anonymous":
        return "*"
    session = principal.session
    if not principal.account and session is not None and session.federated_provider is not None:
        return {"Federated": session.federated_provider}
    return {"AWS": principal.entity_arn if principal.kind == "role" else principal.arn}
