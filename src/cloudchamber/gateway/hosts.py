"""Which service a request is meant for: from its target header, path, signature's scope, host or action.

Hosts that stand for this cloud: `*.localhost`, `*.localhost.localstack.cloud`, and `*.amazonaws.com` for clients that
come through a proxy. `sqs.eu-west-1.localhost:4566` names a service and a region like AWS's own hosts do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudchamber.protocol.routing import action_of, cbor_target
from cloudchamber.registry import SERVICES, index

if TYPE_CHECKING:
    from cloudchamber.gateway.http import Request
    from cloudchamber.gateway.sigv4 import Signature

_SUFFIXES = (".localhost.localstack.cloud", ".localhost", ".amazonaws.com", ".amazonaws.com.cn")
_REGION_PARTS = (3, 4)

# Operations that clients call unsigned and without a service's host: the action names the service.
_UNSIGNED_ACTIONS = {"AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts"}


@dataclass(frozen=True, slots=True)
class Address:
    """botocore's name of the service, with the region and the operation where the request already tells."""

    service: str
    region: str | None = None
    operation: str | None = None


def host_labels(host: str) -> list[str]:
    """The labels of a host before this cloud's own suffix: `["sqs", "eu-west-1"]`; empty for plain localhost."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)].split(".")
    return []


def is_region(text: str) -> bool:
    parts = text.split("-")
    return len(parts) in _REGION_PARTS and parts[-1].isdigit() and parts[0].isalpha()


class Addresses:
    """Locates services. What is offered wins over what AWS also has under the same name."""

    def __init__(self) -> None:
        self.offered = frozenset(SERVICES)

    def locate(self, request: Request, signature: Signature | None) -> Address | None:
        target = request.headers.get("x-amz-target")
        if target is not None:
            prefix, _, operation = target.rpartition(".")
            found = self._choose(index()["targets"].get(prefix), prefix)
            if found is not None:
                return Address(found, None, operation)
        if "/operation/" in request.path:
            cbor = cbor_target(request.path)
            if cbor is not None:
                found = self._choose(index()["targets"].get(cbor[0]), cbor[0])
                if found is not None:
                    return Address(found, None, cbor[1])
        if signature is not None:
            names = index()["signing"].get(signature.service) or index()["endpoints"].get(signature.service)
            found = self._choose(names, signature.service)
            if found is not None:
                return Address(found, signature.region, action_of(request))
        return self._by_host(request) or self._by_action(request)

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
        region = next((label for label in labels if is_region(label)), None)
        for label in reversed(labels):
            found = self._choose(index()["endpoints"].get(label), label)
            if found is not None:
                return Address(found, region, action_of(request))
        return None

    def _by_action(self, request: Request) -> Address | None:
        action = action_of(request)
        if action is None:
            return None
        known = _UNSIGNED_ACTIONS.get(action)
        return None if known is None else Address(known, None, action)
