"""The directory: every resource of the cloud by ARN, read-only, across services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from cloudchamber.core.arn import is_arn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Resource:
    """What other services and the console may know of a resource.

    `links` are the ARNs of what it hands work to or relies on (what it calls, delivers to, asks), in the direction in
    which events and calls flow: an API has its functions and user pools, a bus its rules, a rule its targets, a queue
    its dead-letter queue, a function its role. A wire only joins others: `AWS::SNS::Subscription` (topic, endpoint) and
    `AWS::Lambda::EventSourceMapping` (source, function, where failed batches go). Its first link leads to the second,
    and the second to those after it. A pipe is no wire; where it takes its events from is its attribute `Source`.
    """

    arn: str
    type: str  # CloudFormation's name for it: AWS::SQS::Queue
    name: str
    account: str
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)
    policy: str | None = None
    links: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


def links_of(*found: str | None) -> tuple[str, ...]:
    """What was found as links: each once, without what is absent or is named otherwise than by its ARN."""
    return tuple(one for one in dict.fromkeys(found) if one and is_arn(one))


class ResourceOwner(Protocol):
    """A service, as the directory sees it."""

    def find(self, arn: str) -> Resource | None: ...
    def resource_policy(self, arn: str) -> str | None: ...
    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]: ...
    def depth(self, arn: str) -> int | None: ...


class Directory:
    """Finds resources by asking the service their ARN names."""

    def __init__(self, owner: Callable[[str], ResourceOwner | None], owners: Callable[[], list[ResourceOwner]]) -> None:
        self._owner = owner
        self._owners = owners

    def find(self, arn: str) -> Resource | None:
        """The resource behind an ARN, or None. The ARN's service decides whom to ask."""
        owner = self._owner_of(arn)
        return None if owner is None else owner.find(arn)

    def policy(self, arn: str) -> str | None:
        """The resource policy of `arn` as JSON text, or None where there is none."""
        owner = self._owner_of(arn)
        return None if owner is None else owner.resource_policy(arn)

    def depth(self, arn: str) -> int | None:
        """How much waits or runs at `arn` at this moment; None where nothing can."""
        owner = self._owner_of(arn)
        return None if owner is None else owner.depth(arn)

    def all(self, account: str | None = None, region: str | None = None) -> Iterator[Resource]:
        """Every resource of the services in use, optionally of one account or region."""
        for owner in self._owners():
            yield from owner.list_resources(account, region)

    def _owner_of(self, arn: str) -> ResourceOwner | None:
        parts = arn.split(":", 3)
        return self._owner(parts[2]) if len(parts) == 4 and parts[0] == "arn" else None
