"""What notifications say, and which configurations want them. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from cloudchamber.protocol.scalars import iso8601
from cloudchamber.services.s3.bucket import canonical_id
from cloudchamber.services.s3.errors import InvalidArgument
from cloudchamber.services.s3.version import NULL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version

# Where a configuration stands, the member that holds its destination, and the service that it is.
KINDS: Mapping[str, tuple[str, str]] = {
    "QueueConfigurations": ("QueueArn", "sqs"),
    "TopicConfigurations": ("TopicArn", "sns"),
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", "lambda"),
}
EVENT_BRIDGE = "events"
# The event version that a family of events is written in, where it is not 2.1.
_VERSIONS: Mapping[str, str] = {
    "Replication": "2.2", "LifecycleExpiration": "2.3", "LifecycleTransition": "2.3", "ObjectTagging": "2.3",
    "ObjectAcl": "2.3", "ObjectRestore:Delete": "2.3",
}  # fmt: skip
# Event family -> EventBridge's detail type, and the reason that each event gives.
_DETAIL_TYPES: Mapping[str, str] = {
    "ObjectCreated": "Object Created", "ObjectRemoved": "Object Deleted", "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted", "ObjectAcl": "Object ACL Updated",
    "ObjectRestore:Post": "Object Restore Initiated", "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired", "LifecycleExpiration": "Object Deleted",
    "LifecycleTransition": "Object Storage Class Changed",
}  # fmt: skip
_REASONS: Mapping[str, str] = {
    "ObjectCreated:Put": "PutObject", "ObjectCreated:Post": "POST Object", "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload", "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject", "LifecycleExpiration:Delete": "Lifecycle Expiration",
    "LifecycleExpiration:DeleteMarkerCreated": "Lifecycle Expiration",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """One destination that is to hear of an event."""

    kind: str
    arn: str
    configuration: str


def wanted(bucket: Bucket, event: str, key: str) -> Iterator[Wanted]:
    """The destinations that a bucket's configuration names for an event such as `ObjectCreated:Put`."""
    found = bucket.configurations.get("notification")
    if not found:
        return
    for member, (arn, kind) in KINDS.items():
        for one in found.get(member) or ():
            if any(_covers(name, event) for name in one["Events"]) and _passes(one, key):
                yield Wanted(kind, one[arn], one.get("Id") or "")
    if found.get("EventBridgeConfiguration") is not None and _detail_type(event) is not None:
        yield Wanted(EVENT_BRIDGE, "", "")


def _covers(name: str, event: str) -> bool:
    name = name.removeprefix("s3:")
    return name == event or (name.endswith(":*") and event.startswith(name[:-1]))


def _rules(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for rule in ((one.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ():
        yield str(rule["Name"]).lower(), rule.get("Value") or ""


def _passes(one: Mapping[str, Any], key: str) -> bool:
    return all(key.startswith(text) if name == "prefix" else key.endswith(text) for name, text in _rules(one))


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose request an event comes from. `at` in epoch seconds."""

    at: float
    principal_id: str
    requester: str
    source_ip: str
    request_id: str


def record(bucket: Bucket, event: str, version: Version, origin: Origin) -> dict[str, Any]:
    """An event as queues, topics and functions get it, but for the id of the configuration."""
    thing: dict[str, Any] = {"key": quote_plus(version.key, safe="/-_.*")}
    if not version.is_marker and not event.startswith(("ObjectRemoved:Delete", "LifecycleExpiration:Delete")):
        thing |= {"size": version.size, "eTag": version.etag}
    elif version.is_marker:
        thing["eTag"] = "d41d8cd98f00b204e9800998ecf8427e"
    if version.version != NULL:
        thing["versionId"] = version.version
    thing["sequencer"] = sequencer(version)
    found: dict[str, Any] = {
        "eventVersion": _VERSIONS.get(event) or _VERSIONS.get(event.partition(":")[0], "2.1"),
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": _milliseconds(origin.at),
        "eventName": event,
        "userIdentity": {"principalId": origin.principal_id},
        "requestParameters": {"sourceIPAddress": origin.source_ip},
        "responseElements": {"x-amz-request-id": origin.request_id, "x-amz-id-2": origin.request_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "",
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": canonical_id(bucket.account)},
                "arn": bucket.arn,
            },
            "object": thing,
        },
    }
    restored = version.about.get("restore") or {}
    if event == "ObjectRestore:Completed" and restored.get("until"):
        found["glacierEventData"] = {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": _milliseconds(restored["until"]),
                "lifecycleRestoreStorageClass": version.storage_class,
            }
        }
    if event == "LifecycleTransition":
        found["lifecycleEventData"] = {"transitionEventData": {"destinationStorageClass": version.storage_class}}
    return found


def bridged(bucket: Bucket, event: str, version: Version, origin: Origin) -> dict[str, Any]:
    """An event as EventBridge gets it: an entry of PutEvents but for its Detail's text."""
    thing: dict[str, Any] = {"key": version.key, "sequencer": sequencer(version)}
    if not version.is_marker and _detail_type(event) != "Object Deleted":
        thing |= {"size": version.size, "etag": version.etag}
    if version.version != NULL:
        thing["version-id"] = version.version
    detail: dict[str, Any] = {
        "version": "0", "event-version": "1.0", "bucket": {"name": bucket.name}, "object": thing,
        "request-id": origin.request_id, "requester": origin.requester, **_storage_detail(event, version),
    }  # fmt: skip
    if origin.source_ip != origin.requester:
        detail["source-ip-address"] = origin.source_ip
    if event in _REASONS:
        detail["reason"] = _REASONS[event]
    if _detail_type(event) == "Object Deleted":
        marks = event.endswith("DeleteMarkerCreated")
        detail["deletion-type"] = "Delete Marker Created" if marks else "Permanently Deleted"
    return {"Source": "aws.s3", "DetailType": _detail_type(event), "Resources": [bucket.arn], "Detail": detail}


def _storage_detail(event: str, version: Version) -> dict[str, Any]:
    """What EventBridge hears of storage classes."""
    if event == "LifecycleTransition":
        return {"destination-storage-class": version.storage_class}
    found = {"source-storage-class": version.storage_class} if event.startswith("ObjectRestore:") else {}
    until = (version.about.get("restore") or {}).get("until")
    if event == "ObjectRestore:Completed" and until:
        found["restore-expiry-time"] = iso8601(int(until))
    return found


def _detail_type(event: str) -> str | None:
    return _DETAIL_TYPES.get(event) or _DETAIL_TYPES.get(event.partition(":")[0])


def sequencer(version: Version) -> str:
    """Hexadecimal text that orders the events of one key."""
    return f"{version.seq:018X}"


def _milliseconds(at: float) -> str:
    text = iso8601(at)
    return text if "." in text else f"{text[:-1]}.000Z"


def test_message(bucket: Bucket, origin: Origin) -> dict[str, Any]:
    """What a new destination gets first."""
    return {
        "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": _milliseconds(origin.at), "Bucket": bucket.name,
        "RequestId": origin.request_id, "HostId": origin.request_id,
    }  # fmt: skip


# what may be configured


def check(given: Mapping[str, Any]) -> None:
    """InvalidArgument for filters that cannot be, or configurations that would both hear of the same."""
    taken: list[tuple[str, dict[str, str]]] = []
    for member in KINDS:
        for one in given.get(member) or ():
            names = [name for name, _ in _rules(one)]
            if any(name not in ("prefix", "suffix") for name in names):
                raise InvalidArgument("filter rule name must be either prefix or suffix", "FilterRule.Name")
            if len(set(names)) < len(names):
                raise InvalidArgument("Cannot specify more than one prefix rule in a filter.", "FilterRule.Name")
            for event in one["Events"]:
                mine = (event.removeprefix("s3:"), dict(_rules(one)))
                if any(_overlap(mine, other) for other in taken):
                    raise InvalidArgument(
                        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the "
                        "prefixes are overlapping for the same event type."
                    )
                taken.append(mine)


def _overlap(one: tuple[str, dict[str, str]], other: tuple[str, dict[str, str]]) -> bool:
    same = _covers(one[0], other[0]) or _covers(other[0], one[0])
    a, b = (
        (one[1].get("prefix", ""), one[1].get("suffix", "")),
        (other[1].get("prefix", ""), other[1].get("suffix", "")),
    )
    return same and (a[0].startswith(b[0]) or b[0].startswith(a[0])) and (a[1].endswith(b[1]) or b[1].endswith(a[1]))


def destinations(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Kind and ARN of every destination in a configuration."""
    return [(kind, one[arn]) for member, (arn, kind) in KINDS.items() for one in given.get(member) or ()]
