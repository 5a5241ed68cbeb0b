"""A bucket's configurations as templates have them, turned into S3's own form.

Each function takes a property's value and the bucket's name, and gives what the operation's member wants.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = dict[str, Any]


def _present(**members: Any) -> Form:
    return {name: value for name, value in members.items() if value is not None}


def canned(value: str, bucket: str) -> str:
    """`PublicReadWrite` -> `public-read-write`"""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", value).lower()


def acceleration(value: Mapping[str, Any], bucket: str) -> Form:
    return {"Status": value["AccelerationStatus"]}


def same(value: Any, bucket: str) -> Any:
    return value


def encryption(value: Mapping[str, Any], bucket: str) -> Form:
    return {"Rules": [_encryption_rule(rule) for rule in value["ServerSideEncryptionConfiguration"]]}


def _encryption_rule(rule: Mapping[str, Any]) -> Form:
    renamed = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {renamed.get(name, name): inner for name, inner in rule.items()}


def cors(value: Mapping[str, Any], bucket: str) -> Form:
    renamed = {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}
    rules = [{renamed.get(name, name): inner for name, inner in rule.items()} for rule in value["CorsRules"]]
    return {"CORSRules": rules}


def logging(value: Mapping[str, Any], bucket: str) -> Form:
    enabled = _present(
        TargetBucket=value.get("DestinationBucketName") or bucket, TargetPrefix=value.get("LogFilePrefix") or "",
        TargetObjectKeyFormat=value.get("TargetObjectKeyFormat"),
    )  # fmt: skip
    return {"LoggingEnabled": enabled}


def website(value: Mapping[str, Any], bucket: str) -> Form:
    rules = [
        _present(Redirect=rule["RedirectRule"], Condition=rule.get("RoutingRuleCondition"))
        for rule in value.get("RoutingRules") or ()
    ]
    error, index = value.get("ErrorDocument"), value.get("IndexDocument")
    return _present(
        ErrorDocument=error and {"Key": error}, IndexDocument=index and {"Suffix": index},
        RedirectAllRequestsTo=value.get("RedirectAllRequestsTo"), RoutingRules=rules or None,
    )  # fmt: skip


def object_lock(value: Mapping[str, Any], bucket: str) -> Form:
    return _present(ObjectLockEnabled=value.get("ObjectLockEnabled", "Enabled"), Rule=value.get("Rule"))


def narrowed(value: Mapping[str, Any], **more: Any) -> Form | None:
    """A filter of a prefix, tags, and what else narrows: `And` joins where there are several."""
    tags = list(value.get("TagFilters") or ())
    parts = _present(Prefix=value.get("Prefix"), **more)
    if len(parts) + len(tags) > 1:
        return {"And": {**parts, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else parts or None


# lifecycle


def lifecycle(value: Mapping[str, Any], bucket: str) -> Form:
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}


def _lifecycle_rule(rule: Mapping[str, Any]) -> Form:
    sizes = {
        name: int(rule[name]) for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if rule.get(name) is not None
    }
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if rule.get("NoncurrentVersionExpirationInDays") is not None:
        noncurrent = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    expiration = _present(
        Date=rule.get("ExpirationDate"), Days=rule.get("ExpirationInDays"),
        ExpiredObjectDeleteMarker=rule.get("ExpiredObjectDeleteMarker"),
    )  # fmt: skip
    moves = [*(rule.get("Transitions") or ()), *([rule["Transition"]] if rule.get("Transition") else ())]
    old_moves = [
        *(rule.get("NoncurrentVersionTransitions") or ()),
        *([rule["NoncurrentVersionTransition"]] if rule.get("NoncurrentVersionTransition") else ()),
    ]
    return _present(
        ID=rule.get("Id"), Status=rule["Status"], Filter=narrowed(rule, **sizes) or {"Prefix": ""},
        Expiration=expiration or None, NoncurrentVersionExpiration=noncurrent,
        Transitions=[_renamed(move, TransitionDate="Date", TransitionInDays="Days") for move in moves] or None,
        NoncurrentVersionTransitions=[_renamed(move, TransitionInDays="NoncurrentDays") for move in old_moves] or None,
        AbortIncompleteMultipartUpload=rule.get("AbortIncompleteMultipartUpload"),
    )  # fmt: skip


def _renamed(value: Mapping[str, Any], **names: str) -> Form:
    return {names.get(name, name): inner for name, inner in value.items()}


# notifications and replication


def notifications(value: Mapping[str, Any], bucket: str) -> Form:
    form: Form = {}
    for kind, target, arn in (
        ("LambdaConfigurations", "Function", "LambdaFunctionArn"),
        ("QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "Topic", "TopicArn"),
    ):
        found = [_notification(one, target, arn) for one in value.get(kind) or ()]
        if found:
            form["LambdaFunctionConfigurations" if kind == "LambdaConfigurations" else kind] = found
    bus = value.get("EventBridgeConfiguration")
    if bus is not None and str(bus.get("EventBridgeEnabled", True)).lower() == "true":
        form["EventBridgeConfiguration"] = {}
    return form


def _notification(one: Mapping[str, Any], target: str, arn: str) -> Form:
    rules = ((one.get("Filter") or {}).get("S3Key") or {}).get("Rules")
    form: Form = {arn: one[target], "Events": [one["Event"]]}
    return form | ({"Filter": {"Key": {"FilterRules": rules}}} if rules else {})


def replication(value: Mapping[str, Any], bucket: str) -> Form:
    return {"Role": value["Role"], "Rules": [_replication_rule(rule) for rule in value["Rules"]]}


def _replication_rule(rule: Mapping[str, Any]) -> Form:
    form = _renamed(rule, Id="ID")
    wanted = rule.get("Filter")
    if wanted is not None:
        both = wanted.get("And")
        form["Filter"] = {"And": _renamed(both, TagFilters="Tags")} if both else _renamed(wanted, TagFilter="Tag")
    return form


# configurations with an id


def analytics(value: Mapping[str, Any], bucket: str) -> Form:
    analysis = value.get("StorageClassAnalysis") or {}
    export = analysis.get("DataExport")
    if export:
        destination = {"S3BucketDestination": _bucket_destination(export["Destination"])}
        analysis = {"DataExport": {**export, "Destination": destination}}
    return _present(Id=value["Id"], Filter=narrowed(value), StorageClassAnalysis=analysis)


def _bucket_destination(value: Mapping[str, Any]) -> Form:
    return _renamed(value, BucketArn="Bucket")


def tiering(value: Mapping[str, Any], bucket: str) -> Form:
    return _present(Id=value["Id"], Filter=narrowed(value), Status=value["Status"], Tierings=value["Tierings"])


def inventory(value: Mapping[str, Any], bucket: str) -> Form:
    destination = _bucket_destination(value["Destination"])
    destination["AccountId"] = destination.pop("BucketAccountId", None)
    return _present(
        Id=value["Id"], IsEnabled=value["Enabled"], IncludedObjectVersions=value["IncludedObjectVersions"],
        Schedule={"Frequency": value["ScheduleFrequency"]}, OptionalFields=value.get("OptionalFields"),
        Filter={"Prefix": value["Prefix"]} if value.get("Prefix") else None,
        Destination={"S3BucketDestination": _present(**destination)},
    )  # fmt: skip


def metrics(value: Mapping[str, Any], bucket: str) -> Form:
    point = value.get("AccessPointArn")
    return _present(Id=value["Id"], Filter=narrowed(value, **_present(AccessPointArn=point)))
