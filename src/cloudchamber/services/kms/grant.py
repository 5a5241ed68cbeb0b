"""Grants: who may do what with a key beside its policy, and their tokens. Pure.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping  # noqa: TC003 - tables read the annotations
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.services.kms.errors import InvalidGrantToken

if TYPE_CHECKING:
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.kms.key import Key

# Constraints on the encryption context do not hold for what has none.
_UNCONSTRAINED = frozenset({"DescribeKey", "RetireGrant"})
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant on a key. `created_at` in epoch seconds; `equals` and `subset` are the constraints on the context."""

    account: str
    region: str
    key_id: str
    id: str
    grantee: str
    retiring: str
    operations: tuple[str, ...]
    issuer: str  # the account that made it, as its root's ARN
    created_at: float
    name: str = ""
    equals: Mapping[str, str] | None = None
    subset: Mapping[str, str] | None = None
    source_arn: str = ""
    to_service: bool = False  # grantee is a service principal, named as such
    retired_by_service: bool = False

    @property
    def key_arn(self) -> str:
        return f"arn:aws:kms:{self.region}:{self.account}:key/{self.key_id}"

    @property
    def retirable(self) -> str:
        """What ListRetirableGrants looks for, in one column: whose, where, and by whom it can be retired."""
        return f"{self.account}/{self.region}/{self.retiring}"

    def allows(self, operation: str, context: Mapping[str, str] | None, source_arn: str | None) -> bool:
        """Whether the grant covers a call, the grantee being the caller."""
        if operation not in self.operations:
            return False
        if self.source_arn and operation != "RetireGrant" and source_arn != self.source_arn:
            return False
        return operation in _UNCONSTRAINED or self.covers(context or {})

    def covers(self, context: Mapping[str, str]) -> bool:
        if self.equals is not None and dict(self.equals) != dict(context):
            return False
        return self.subset is None or self.subset.items() <= context.items()

    def permits_child(self, child: Grant) -> bool:
        """Whether somebody whose right to make grants comes from this one may make `child`: nothing wider."""
        if not set(child.operations) <= set(self.operations):
            return False
        if self.source_arn and child.source_arn != self.source_arn:
            return False
        if self.equals is not None:
            return child.equals is not None and dict(child.equals) == dict(self.equals)
        if self.subset is None:
            return True
        narrower = child.equals if child.equals is not None else child.subset
        return narrower is not None and self.subset.items() <= narrower.items()

    def same_as(self, other: Grant) -> bool:
        """Whether asking for `other` is asking for this one again."""
        return (
            bool(self.name)
            and (self.name, self.grantee, self.retiring, set(self.operations))
            == (other.name, other.grantee, other.retiring, set(other.operations))
            and (self.equals, self.subset, self.source_arn) == (other.equals, other.subset, other.source_arn)
        )

    def shown(self) -> Any:
        """`GrantListEntry`."""
        entry: dict[str, Any] = {
            "KeyId": self.key_arn,
            "GrantId": self.id,
            "Name": self.name,
            "CreationDate": self.created_at,
            "IssuingAccount": self.issuer,
            "Operations": list(self.operations),
            "GranteeServicePrincipal" if self.to_service else "GranteePrincipal": self.grantee,
        }
        if self.retiring:
            entry["RetiringServicePrincipal" if self.retired_by_service else "RetiringPrincipal"] = self.retiring
        constraints: dict[str, Any] = {}
        if self.equals is not None:
            constraints["EncryptionContextEquals"] = self.equals
        if self.subset is not None:
            constraints["EncryptionContextSubset"] = self.subset
        if self.source_arn:
            constraints["SourceArn"] = self.source_arn
        if constraints:
            entry["Constraints"] = constraints
        return entry


def names_of(principal: Principal, region: str) -> tuple[str, ...]:
    """The names under which a grant can mean a caller. A grant to a role is one to its sessions."""
    if principal.kind == "role":
        return (principal.arn, principal.entity_arn)
    if principal.kind == "service":
        return (principal.name, f"{principal.name.partition('.')[0]}.{region}.amazonaws.com")
    return (principal.arn,)


def requested(key: Key, request: Mapping[str, Any], issuer: str, now: float) -> Grant:
    """The grant that a CreateGrant request asks for, without an id."""
    constraints: Mapping[str, Any] = request.get("Constraints") or {}
    to_service, retired_by_service = "GranteeServicePrincipal" in request, "RetiringServicePrincipal" in request
    return Grant(
        key.account,
        key.region,
        key.id,
        "",
        request.get("GranteePrincipal") or request.get("GranteeServicePrincipal") or "",
        request.get("RetiringPrincipal") or request.get("RetiringServicePrincipal") or "",
        tuple(dict.fromkeys(request["Operations"])),
        f"arn:aws:iam::{issuer}:root",
        now,
        request.get("Name") or "",
        constraints.get("EncryptionContextEquals"),
        constraints.get("EncryptionContextSubset"),
        constraints.get("SourceArn") or "",
        to_service,
        retired_by_service,
    )


def token_of(grant: Grant) -> str:
    """A new token of a grant. Tokens differ and mean the same; they are no secret."""
    text = f"{grant.account}:{grant.region}:{grant.key_id}:{grant.id}"
    return base64.urlsafe_b64encode(ids.token_bytes(TOKEN_BYTES) + text.encode()).decode()


def parse_token(token: str) -> tuple[str, str, str, str]:
    """Account, region, key id and grant id. InvalidGrantToken."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)[TOKEN_BYTES:]
        account, region, key_id, grant_id = raw.decode().split(":")
    except (binascii.Error, UnicodeError, ValueError):
        raise InvalidGrantToken from None
    return account, region, key_id, grant_id
