"""May this principal do this? AWS's evaluation logic over compiled policies.

An explicit deny in any policy decides first. Otherwise, within one account, either side may grant:

* identity policies, as far as boundary and session policies also allow;
* the resource policy. Naming a user, a session, a federation or everyone grants outright; naming a role's ARN (or the
  user behind a federated session) grants within boundary and session policies; naming the account grants nothing by
  itself. Where the resource policy *must* allow (`trust`: role trust policies, KMS key policies), naming the account
  is what lets identity policies grant.

Across accounts both sides have to allow. Services, anonymous callers and holders of a mere federation token have no
identity policies: the resource policy decides alone. The root user of the resource's account is refused nothing except
what the resource policy denies it, also where trust is asked for: root is not restricted here.

AWS: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries",
"Session policies".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.identity.document import Policy, Statement
    from cloudchamber.identity.patterns import Lookup
    from cloudchamber.identity.principals import Principal, PrincipalMatch

DecisionKind = Literal["allow", "explicit_deny", "implicit_deny"]
PolicyType = Literal["identity", "resource", "boundary", "session", "root"]

_OUTRIGHT: Final[frozenset[PrincipalMatch]] = frozenset({"any", "session", "user", "service", "federated"})


@dataclass(frozen=True, slots=True)
class PolicySet:
    """What applies to a principal. `session` is None without session policies, and empty when there are some but none
    can allow anything."""

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None


class AccessRequest(NamedTuple):
    """One action on one resource. `resource_arn` is "*" for an action without resource; `resource_account` is empty
    where the resource is the caller's own by nature."""

    action: str  # "s3:GetObject"
    resource_arn: str
    resource_account: str
    context: Lookup  # a RequestContext
    trust: bool = False  # the resource policy must allow
    canonical_id: str = ""  # S3's canonical user id of the caller's account, where known


class Decision(NamedTuple):
    """The outcome. `policy_type` says which kind of policy decided: the one that allows or denies, or the kind in which
    an allow is missing. `statement_index` is -1 when no statement decided."""

    allowed: bool
    kind: DecisionKind
    policy_type: PolicyType
    policy_name: str
    statement_index: int
    sid: str
    principal_arn: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class ResourceGrant:
    """What a resource policy gives a principal: the deny, if any, and the strongest allow with how it names them."""

    denied_by: Statement | None = None
    allowed_by: Statement | None = None
    match: PrincipalMatch | None = None


_NO_GRANT: Final = ResourceGrant()


def evaluate(
    principal: Principal, policies: PolicySet, resource_policy: Policy | None, request: AccessRequest
) -> Decision:
    """The decision for one request, as AWS would take it."""
    same_account = not request.resource_account or request.resource_account == principal.account
    if principal.kind == "root" and same_account and resource_policy is None:
        return Decision(True, "allow", "root", "", -1, "", principal.arn, request.action, request.resource_arn)
    grant = _NO_GRANT
    if resource_policy is not None:
        grant = resource_grant(principal, resource_policy, request, bounded=policies.boundary is not None)
    if not principal.account or principal.kind == "root":
        return _without_identity(principal, grant, request, same_account=same_account)

    denied, granted = scan(policies.identity, request)
    if denied is not None:
        return _explicit(principal, request, "identity", denied)
    within_boundary = within_session = True
    if policies.boundary is not None:
        denied, allowed = scan((policies.boundary,), request)
        if denied is not None:
            return _explicit(principal, request, "boundary", denied)
        within_boundary = allowed is not None
    if policies.session is not None:
        denied, allowed = scan(policies.session, request)
        if denied is not None:
            return _explicit(principal, request, "session", denied)
        within_session = allowed is not None
    elif principal.kind == "federated":
        # GetFederationToken without a policy gives a session that only resource policies can grant anything.
        within_session = False
    if grant.denied_by is not None:
        return _explicit(principal, request, "resource", grant.denied_by)

    if same_account:
        if grant.match in _OUTRIGHT:
            return _allow(principal, request, "resource", grant.allowed_by)
        if request.trust and grant.match is None:
            return _implicit(principal, request, "resource")
    by_role = same_account and grant.match == "role"
    if granted is None and not by_role:
        return _implicit(principal, request, "identity")
    if not within_boundary:
        return _implicit(principal, request, "boundary")
    if not within_session:
        return _implicit(principal, request, "session")
    if not same_account and grant.match is None:
        return _implicit(principal, request, "resource")
    if granted is None:
        return _allow(principal, request, "resource", grant.allowed_by)
    return _allow(principal, request, "identity", granted)


def scan(policies: Iterable[Policy], request: AccessRequest) -> tuple[Statement | None, Statement | None]:
    """(first Deny that applies, first Allow that applies) in policies without a Principal element."""
    action, resource, context = request.action, request.resource_arn, request.context
    allowed: Statement | None = None
    for policy in policies:
        denies, allows = policy.about(action)
        for statement in denies:
            if statement.applies(resource, context):
                return statement, allowed
        if allowed is None:
            for statement in allows:
                if statement.applies(resource, context):
                    allowed = statement
                    break
    return None, allowed


def resource_grant(principal: Principal, policy: Policy, request: AccessRequest, *, bounded: bool) -> ResourceGrant:
    """What a resource policy says of a principal; `bounded` when a permissions boundary is attached to it."""
    resource, context = request.resource_arn, request.context
    denies, allows = policy.about(request.action)
    for statement in denies:
        element = statement.principal
        if element is None or not statement.applies(resource, context):
            continue
        # As AWS warns, Deny with NotPrincipal hits every principal with a boundary, listed or not.
        if element.match(principal, request.canonical_id) is not None or (element.negated and bounded):
            return ResourceGrant(denied_by=statement)
    best: ResourceGrant = _NO_GRANT
    for statement in allows:
        element = statement.principal
        match = None if element is None else element.match(principal, request.canonical_id)
        if match is None or not statement.applies(resource, context):
            continue
        if match in _OUTRIGHT:
            return ResourceGrant(None, statement, match)
        if best.match != "role":
            best = ResourceGrant(None, statement, match)
    return best


def _without_identity(
    principal: Principal, grant: ResourceGrant, request: AccessRequest, *, same_account: bool
) -> Decision:
    if grant.denied_by is not None:
        return _explicit(principal, request, "resource", grant.denied_by)
    if principal.kind == "root" and same_account:
        return _allow(principal, request, "root", None)
    if grant.allowed_by is None:
        return _implicit(principal, request, "resource")
    return _allow(principal, request, "resource", grant.allowed_by)


def _allow(principal: Principal, request: AccessRequest, policy_type: PolicyType, by: Statement | None) -> Decision:
    name, index, sid = ("", -1, "") if by is None else (by.policy_name, by.index, by.sid)
    return Decision(True, "allow", policy_type, name, index, sid, principal.arn, request.action, request.resource_arn)


def _explicit(principal: Principal, request: AccessRequest, policy_type: PolicyType, by: Statement) -> Decision:
    return Decision(
        False,
        "explicit_deny",
        policy_type,
        by.policy_name,
        by.index,
        by.sid,
        principal.arn,
        request.action,
        request.resource_arn,
    )


def _implicit(principal: Principal, request: AccessRequest, policy_type: PolicyType) -> Decision:
    return Decision(
        False, "implicit_deny", policy_type, "", -1, "", principal.arn, request.action, request.resource_arn
    )
