"""Who makes a request, and whether the Principal element of a resource policy means them.

It matters not only *that* a resource policy names the caller but *how*: within one account, naming the account only
hands the decision to its identity policies, naming a role grants within the role's boundary and session policies, and
naming a user, a session or everyone grants outright. So a match answers how it came about.
AWS: IAM User Guide, "Policy evaluation logic" (resource-based policies) and "IAM JSON policy elements: Principal".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# A "role" is a role session. "federated" is a GetFederationToken session, or the holder of a web identity or SAML
# token who has no credentials yet (then `account` is empty and `session.federated_provider` says who vouches).
PrincipalKind = Literal["root", "user", "role", "federated", "service", "anonymous"]

# From the grant that needs nothing else to the one that only delegates.
PrincipalMatch = Literal["any", "session", "user", "service", "federated", "role", "account"]

_ROOT_ARN = re.compile(r"arn:[^:]+:iam::(\d{12}):root")
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What temporary credentials carry, for condition keys. `issued_at` is in epoch seconds."""

    policies: tuple[str, ...] = ()  # inline session policy documents, JSON
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    issued_at: float = 0.0
    mfa: bool = False
    source_identity: str | None = None
    federated_provider: str | None = None
    # Keys that the federation token contributes, such as "cognito-identity.amazonaws.com:sub" or "saml:sub"; some have
    # several values ("cognito-identity.amazonaws.com:amr").
    web_identity: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    chained: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller. `arn` is as sts:GetCallerIdentity gives it; `entity_arn` names the IAM entity whose policies apply:
    the role of a role session, the user behind a federated session, otherwise the same as `arn`."""

    kind: PrincipalKind
    account: str  # empty for services, for anonymous callers and for a caller who holds only a federation token
    arn: str
    user_id: str  # AIDA…, AROA…:session-name, the account id for root
    entity_arn: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)  # the entity's tags overlaid by session tags
    session: SessionInfo | None = None


ANONYMOUS: Final = Principal("anonymous", "", "anonymous", "anonymous", "anonymous", "anonymous")


def root(account: str, partition: str = "aws") -> Principal:
    """The root user of an account."""
    arn = f"arn:{partition}:iam::{account}:root"
    return Principal("root", account, arn, account, arn, "root")


def service(name: str) -> Principal:
    """A service principal such as `sqs.amazonaws.com`."""
    return Principal("service", "", name, name, name, name)


def federated(provider: str, web_identity: Mapping[str, str | Sequence[str]], name: str = "") -> Principal:
    """The holder of a token from `provider`, as a role's trust policy sees them in AssumeRoleWithWebIdentity/SAML."""
    session = SessionInfo(federated_provider=provider, web_identity=web_identity)
    return Principal("federated", "", name or provider, name or provider, provider, name or provider, {}, session)


class PrincipalElement:
    """A Principal or NotPrincipal element, compiled."""

    __slots__ = ("accounts", "arns", "canonical_ids", "everyone", "negated", "providers", "services")

    def __init__(self, values: Iterable[tuple[str, str]], *, negated: bool) -> None:
        """`values` are (type, value) pairs: ("AWS", "123456789012"), ("Service", "sqs.amazonaws.com"), ("*", "*")."""
        accounts: set[str] = set()
        by_type: dict[str, set[str]] = {"AWS": set(), "Service": set(), "Federated": set(), "CanonicalUser": set()}
        self.negated = negated
        self.everyone = False
        for kind, value in values:
            root_arn = _ROOT_ARN.fullmatch(value)
            if value == "*" and kind in {"*", "AWS"}:
                self.everyone = True
            elif kind == "AWS" and root_arn:
                accounts.add(root_arn.group(1))
            elif kind == "AWS" and _ACCOUNT.fullmatch(value):
                accounts.add(value)
            elif kind in by_type:
                by_type[kind].add(value)
        self.accounts = frozenset(accounts)
        self.arns = frozenset(by_type["AWS"])
        self.services = frozenset(by_type["Service"])
        self.providers = frozenset(by_type["Federated"])
        self.canonical_ids = frozenset(by_type["CanonicalUser"])

    def match(self, principal: Principal, canonical_id: str = "") -> PrincipalMatch | None:
        """How the element means the principal, or None if it does not."""
        if self.negated:
            return None if self._lists_all_of(principal) else "any"
        if self.everyone:
            return "any"
        if principal.kind == "service":
            return "service" if principal.name in self.services or "*" in self.services else None
        # A caller without an account is known by names from outside, which must not be mistaken for ARNs.
        if self.arns and principal.account:
            named = self._named(principal)
            if named is not None:
                return named
        if self.providers and self._federates(principal):
            return "federated"
        if principal.account and principal.account in self.accounts:
            return "account"
        if canonical_id and canonical_id in self.canonical_ids:
            return "account"
        return None

    def _named(self, principal: Principal) -> PrincipalMatch | None:
        arns = self.arns
        if principal.kind == "user":
            return "user" if principal.arn in arns or principal.user_id in arns else None
        if principal.arn in arns or principal.user_id in arns:
            return "session"
        # AWS stores a role's unique id in place of its ARN, so documents read back may hold either.
        if principal.entity_arn in arns or principal.user_id.partition(":")[0] in arns:
            return "role"
        return None

    def _federates(self, principal: Principal) -> bool:
        session = principal.session
        if session is None or session.federated_provider is None:
            return False
        return session.federated_provider in self.providers or "*" in self.providers

    def _lists_all_of(self, principal: Principal) -> bool:
        """NotPrincipal spares a caller only if it lists the whole chain: account, entity and session, as AWS warns."""
        if self.everyone:
            return True
        if principal.kind == "service":
            return principal.name in self.services
        if principal.kind == "anonymous":
            return False
        if not principal.account:
            return self._federates(principal)
        if principal.account not in self.accounts:
            return False
        return principal.kind == "root" or {principal.arn, principal.entity_arn} <= self.arns


def matches(element: PrincipalElement, principal: Principal, canonical_id: str = "") -> PrincipalMatch | None:
    """How a resource policy's element means `principal`. `canonical_id` is the S3 canonical user id of the caller's
    account, where the service knows it."""
    return element.match(principal, canonical_id)
