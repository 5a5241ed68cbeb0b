"""The request context: what condition keys and policy variables have as their values in one request.

A context is made for every call, so making one costs a few attribute writes and nothing is computed before a policy
asks. `get` takes the key in lower case and looks, in this order, at

1. `service_keys`: what the service knows of this request ("s3:prefix", "dynamodb:LeadingKeys", "sts:ExternalId", …),
2. the global keys in `_GLOBAL`, each a function of the context,
3. the families `aws:PrincipalTag/…`, `aws:RequestTag/…`, `aws:ResourceTag/…`, and the keys of a federation token.

To add a global key that is a plain fact of the call, pass it in `service_keys`; to add one that is computed, write a
function of the context and enter it in `_GLOBAL`; to add a family of keys, extend `_tagged`.
AWS: IAM User Guide, "AWS global condition context keys".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudchamber.identity.patterns import Value
    from cloudchamber.identity.principals import Principal

V = TypeVar("V")
_NO_KEYS: Final[Mapping[str, Value]] = {}
_NO_TAGS: Final[Mapping[str, str]] = {}


class RequestContext:
    """Condition keys of one request. Attributes beyond the constructor's are set by whoever knows them.

    `now` is in epoch seconds. Names in `service_keys` may be in any case, lower case being quickest.
    """

    __slots__ = (
        "_folded",
        "called_via",
        "now",
        "principal",
        "referer",
        "region",
        "request_tags",
        "resource_account",
        "resource_tags",
        "secure",
        "service_keys",
        "source_account",
        "source_arn",
        "source_ip",
        "source_vpc",
        "source_vpce",
        "user_agent",
    )

    def __init__(
        self,
        principal: Principal,
        now: float,
        source_ip: str = "",
        secure: bool = False,
        service_keys: Mapping[str, Value] | None = None,
    ) -> None:
        self.principal = principal
        self.now = now
        self.source_ip = source_ip
        self.secure = secure
        self.service_keys = service_keys or _NO_KEYS
        self.region = ""
        self.user_agent = ""
        self.referer = ""
        self.source_arn = ""
        self.source_account = ""
        self.source_vpc = ""
        self.source_vpce = ""
        self.called_via: Sequence[str] = ()  # service principals on whose way the request came, first to last
        self.resource_account = ""
        self.resource_tags = _NO_TAGS
        self.request_tags = _NO_TAGS
        self._folded: Mapping[str, Value] | None = None

    def get(self, key: str, /) -> Value | None:
        """The value of a key given in lower case; None when the request does not have it."""
        if self.service_keys:
            value = self.service_keys.get(key)
            if value is None:
                if self._folded is None:
                    self._folded = {name.lower(): value for name, value in self.service_keys.items()}
                value = self._folded.get(key)
            if value is not None:
                return value
        compute = _GLOBAL.get(key)
        if compute is not None:
            return compute(self)
        return self._tagged(key)

    def _tagged(self, key: str) -> Value | None:
        family, slash, name = key.partition("/")
        if slash and family == "aws:principaltag":
            return _ignoring_case(self.principal.tags, name)
        if slash and family == "aws:resourcetag":
            return _ignoring_case(self.resource_tags, name)
        if slash and family == "aws:requesttag":
            return _ignoring_case(self.request_tags, name)
        session = self.principal.session
        if session is None or not session.web_identity:
            return None
        return _ignoring_case(session.web_identity, key)


def _ignoring_case(values: Mapping[str, V], lower_name: str) -> V | None:
    if not values:
        return None
    exact = values.get(lower_name)
    if exact is not None:
        return exact
    for name, value in values.items():
        if name.lower() == lower_name:
            return value
    return None


def _iso(at: float) -> str | None:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None


def _flag(value: bool) -> str:
    return "true" if value else "false"


_PRINCIPAL_TYPES: Final = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}


def _principal_arn(context: RequestContext) -> str | None:
    principal = context.principal
    if not principal.account:
        return None
    return principal.entity_arn if principal.kind == "role" else principal.arn


def _service_name(context: RequestContext) -> str | None:
    return context.principal.name if context.principal.kind == "service" else None


def _service_names(context: RequestContext) -> Sequence[str] | None:
    return (context.principal.name,) if context.principal.kind == "service" else None


def _user_id(context: RequestContext) -> str | None:
    return None if context.principal.kind == "service" else context.principal.user_id


def _token_issue_time(context: RequestContext) -> str | None:
    session = context.principal.session
    return None if session is None else _iso(session.issued_at)


def _mfa_present(context: RequestContext) -> str | None:
    """Absent, not false, with long-term credentials: policies have to ask with BoolIfExists, as on AWS."""
    session = context.principal.session
    return None if session is None else _flag(session.mfa)


def _mfa_age_s(context: RequestContext) -> str | None:
    session = context.principal.session
    return None if session is None or not session.mfa else str(max(0, int(context.now - session.issued_at)))


def _federated_provider(context: RequestContext) -> str | None:
    session = context.principal.session
    return None if session is None else session.federated_provider


def _source_identity(context: RequestContext) -> str | None:
    session = context.principal.session
    return None if session is None else session.source_identity


_GLOBAL: Final[Mapping[str, Callable[[RequestContext], Value | None]]] = {
    "aws:calledvia": lambda c: c.called_via or None,
    "aws:calledviafirst": lambda c: c.called_via[0] if c.called_via else None,
    "aws:calledvialast": lambda c: c.called_via[-1] if c.called_via else None,
    "aws:currenttime": lambda c: _iso(c.now),
    "aws:epochtime": lambda c: str(int(c.now)),
    "aws:federatedprovider": _federated_provider,
    "aws:multifactorauthage": _mfa_age_s,
    "aws:multifactorauthpresent": _mfa_present,
    "aws:principalaccount": lambda c: c.principal.account or None,
    "aws:principalarn": _principal_arn,
    "aws:principalisawsservice": lambda c: _flag(c.principal.kind == "service"),
    "aws:principalservicename": _service_name,
    "aws:principalservicenameslist": _service_names,
    "aws:principaltype": lambda c: _PRINCIPAL_TYPES.get(c.principal.kind),
    "aws:referer": lambda c: c.referer or None,
    "aws:requestedregion": lambda c: c.region or None,
    "aws:resourceaccount": lambda c: c.resource_account or None,
    "aws:securetransport": lambda c: _flag(c.secure),
    "aws:sourceaccount": lambda c: c.source_account or None,
    "aws:sourcearn": lambda c: c.source_arn or None,
    "aws:sourceidentity": _source_identity,
    "aws:sourceip": lambda c: c.source_ip or None,
    "aws:sourcevpc": lambda c: c.source_vpc or None,
    "aws:sourcevpce": lambda c: c.source_vpce or None,
    "aws:tagkeys": lambda c: tuple(c.request_tags) or None,
    "aws:tokenissuetime": _token_issue_time,
    "aws:useragent": lambda c: c.user_agent or None,
    "aws:userid": _user_id,
    "aws:username": lambda c: c.principal.name if c.principal.kind == "user" else None,
    "aws:viaawsservice": lambda c: _flag(bool(c.called_via)),
}
