"""Which service a request is meant for: from its target header, path, signature's scope, host or action.

Hosts that stand for this cloud: `*.localhost`, `*.localhost.localstack.cloud`, and `*.amazonaws.com` for clients that
come through a proxy. `sqs.eu-west-1.localhost:4566` names a service and a region like AWS's own hosts do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cloudchamber.protocol.routing import action_of, cbor_target
from cloudchamber.registry import SERVICES, index

if TYPE_CHECKING:
    from cloudchamber.gateway.http import Request
    from cloudchamber.gateway.sigv4 import Signature

_SUFFIXES = (".localhost.localstack.cloud", ".localhost", ".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_REGION = re.compile(r"[a-z]{2,4}(?:-(?:gov|iso[a-z]?))?-(?:central|(?:north|south)(?:east|west)?|east|west)-[1-9]\Z")
_SCOPE = re.compile(r"/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/", re.ASCII)
TARGETS_MAX = 4096

# Operations that clients call unsigned and without a service's host: the action names the service.
_UNSIGNED_ACTIONS = {
    "AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts", "ConfirmSubscription": "sns", "Unsubscribe": "sns",
}  # fmt: skip

# Services that share a name on the wire with another, told apart by their paths.
_PATHS = {"ses": ("/v2/email/", "sesv2"), "apigateway": ("/v2/", "apigatewayv2")}


def signing_names(signing: str) -> list[str] | None:
    """The services whose signatures are scoped to a name."""
    return index()["signing"].get(signing) or index()["endpoints"].get(signing)


@dataclass(frozen=True, slots=True)
class Address:
    """botocore's name of the service, with the region and the operation where the request already tells."""

    service: str
    region: str | None = None
    operation: str | None = None


def host_labels(host: str) -> list[str]:
    """The labels of a host before this cloud's own suffix: `["sqs", "eu-west-1"]`; empty for plain localhost."""
    name = (host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host).lower().rstrip(".")
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)].split(".")
    return []


def is_region(text: str) -> bool:
    return _REGION.match(text) is not None


class Addresses:
    """Locates services. What is offered wins over what AWS also has under the same name."""

    def __init__(self) -> None:
        self.offered = frozenset(SERVICES)
        self._targets: dict[str, Address] = {}

    def locate(self, request: Request, signature: Signature | None) -> Address | None:
        target = request.headers.get("x-amz-target")
        if target is not None:
            found = self._targets.get(target) or self._by_target(target)
            if found is not None:
                return found
        if "/operation/" in request.path:
            cbor = cbor_target(request.path)
            if cbor is not None:
                service = self._choose(index()["targets"].get(cbor[0]), cbor[0])
                if service is not None:
                    return Address(service, None, cbor[1])
        if signature is not None:
            service = self._choose(signing_names(signature.service), signature.service)
            if service in _PATHS and request.path.startswith(_PATHS[service][0]):
                service = _PATHS[service][1]
            if service is not None:
                # The action is for what is not offered here: looking for it in a body takes its time.
                return Address(service, signature.region, None if service in self.offered else action_of(request))
        return self._by_host(request) or self._by_action(request)

    def _by_target(self, target: str) -> Address | None:
        prefix, _, operation = target.rpartition(".")
        service = self._choose(index()["targets"].get(prefix), prefix)
        if service is None:
            return None
        if len(self._targets) >= TARGETS_MAX or len(target) > 256:
            self._targets.clear()
        address = self._targets[target] = Address(service, None, operation)
        return address

    def _choose(self, names: list[str] | None, wanted: str) -> str | None:
        """Among services that share a name on the wire: the one offered, else the one called so, else the first."""
        if not names:
            return None
        offered = [name for name in names if name in self.offered]
        if offered:
            return offered[0]
        return wanted if wanted in names else names[0]

    def _by_host(self, request: Request) -> Address | None:
        labels = host_labels(request.host)
        if not labels:
            return None
        for at in range(len(labels) - 1, -1, -1):
            found = self._choose(index()["endpoints"].get(labels[at]), labels[at])
            if found is not None:
                around = (*labels[at + 1 :], *labels[max(at - 1, 0) : at])  # `sqs.eu-west-1`, rarely `eu-west-1.queue`
                return Address(found, next(filter(is_region, around), None), action_of(request))
        return None

    def by_scope(self, request: Request) -> Address | None:
        """From a signature that is not whole, so that its refusal is in the service's own terms."""
        text = request.headers.get("authorization", "") + unquote(request.query_string)
        found = _SCOPE.search(text[:8192])
        service = None if found is None else self._choose(signing_names(found[2]), found[2])
        return None if found is None or service is None else Address(service, found[1], action_of(request))

    def _by_action(self, request: Request) -> Address | None:
        action = action_of(request)
        if action is None:
            return None
        known = _UNSIGNED_ACTIONS.get(action)
        return None if known is None else Address(known, None, action)
