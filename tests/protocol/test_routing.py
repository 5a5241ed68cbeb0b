"""Requests find their operation: in every REST model, and in services that speak several protocols."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cloudchamber.core.errors import AwsError
from cloudchamber.protocol import models
from cloudchamber.protocol.routing import Route, Router
from cloudchamber.protocol.wire import PlainRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.protocol.models import Operation, ServiceModel

# Deprecated operations that share method, path and query with the one that replaced them, and one told by its host.
SHADOWED = {
    "GetBucketLifecycle",
    "GetBucketNotification",
    "ListDirectoryBuckets",
    "PutBucketLifecycle",
    "PutBucketNotification",
}


def rest_models() -> Iterator[ServiceModel]:
    for folder in sorted(models.data_folder().iterdir()):
        try:
            model = models.ServiceModel(folder.name, models.read_definition(folder.name))
        except KeyError:
            continue
        if model.protocols[0].startswith("rest"):
            yield model


def least_request(operation: Operation) -> PlainRequest:
    """The smallest request that is this operation's: labels filled, required parameters and headers given."""
    uri, _, query = operation.request_uri.partition("?")
    path = re.sub(r"\{[^}]*\}", lambda found: "a/b%20c" if found[0].endswith("+}") else "x%2Fy", uri)
    queries, headers = [query] if query else [], {}
    for name in operation.input.required if operation.input else ():
        member = operation.input.members[name] if operation.input else None
        if member is not None and member.get("location") == "querystring":
            queries.append(f"{member.wire_name}=1")
        elif member is not None and member.get("location") == "header":
            headers[str(member.wire_name).lower()] = "x"
    return PlainRequest(operation.method, path, "&".join(queries), headers)


def test_the_least_request_of_every_rest_operation_of_aws_is_routed_to_it() -> None:
    lost = [
        (model.name, name, got)
        for model in rest_models()
        for router in [Router(model)]
        for name in model.operation_names
        if (got := router.route(least_request(model.operation(name))).operation) != name
    ]
    assert {name for _, name, _ in lost} == SHADOWED


def s3(method: str, path: str, query: str = "", headers: dict[str, str] | None = None) -> str:
    return Router(models.load("s3")).route(PlainRequest(method, path, query, headers or {})).operation


def test_s3_tells_operations_on_one_path_apart_by_query_and_headers() -> None:
    assert s3("PUT", "/b/k") == "PutObject"
    assert s3("PUT", "/b/k", "x-id=PutObject") == "PutObject"
    assert s3("PUT", "/b/k", "", {"x-amz-copy-source": "/b/o"}) == "CopyObject"
    assert s3("PUT", "/b/k", "partNumber=1&uploadId=u") == "UploadPart"
    assert s3("PUT", "/b/k", "partNumber=1&uploadId=u", {"x-amz-copy-source": "/b/o"}) == "UploadPartCopy"
    assert s3("GET", "/b/k", "uploadId=u") == "ListParts"
    assert s3("GET", "/b", "list-type=2&prefix=a") == "ListObjectsV2"
    assert s3("GET", "/b") == "ListObjects"
    assert s3("GET", "/b", "notification") == "GetBucketNotificationConfiguration"
    assert s3("GET", "/") == "ListBuckets"


def test_a_key_may_hold_slashes_anywhere() -> None:
    for path in ("/b/k/", "/b//k", "/b//", "/b/a//b"):
        assert s3("GET", path) == "GetObject"
    assert s3("GET", "/b/") == "ListObjects"


def test_a_label_is_never_empty() -> None:
    with pytest.raises(AwsError):
        s3("PUT", "/")


def test_a_service_of_several_protocols_takes_each() -> None:
    router = Router(models.load("cloudwatch"))
    cbor = PlainRequest(path="/service/GraniteServiceVersion20100801/operation/PutMetricData")
    cbor.headers = {"smithy-protocol": "rpc-v2-cbor"}
    assert router.route(cbor) == Route("smithy-rpc-v2-cbor", "PutMetricData")
    json = PlainRequest(headers={"x-amz-target": "GraniteServiceVersion20100801.PutMetricData"})
    assert router.route(json) == Route("json", "PutMetricData")
    assert router.route(PlainRequest(body=b"Version=1&Action=PutMetricData")) == Route("query", "PutMetricData")
    assert router.route(PlainRequest("GET", "/", "Action=ListMetrics")) == Route("query", "ListMetrics")


def refusal(service: str, request: PlainRequest) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        Router(models.load(service)).route(request)
    return caught.value.code, caught.value.message


def test_an_operation_that_aws_lacks_is_refused_in_the_way_of_its_protocol() -> None:
    target = PlainRequest(headers={"x-amz-target": "DynamoDB_20120810.Nope"})
    assert refusal("dynamodb", target) == ("UnknownOperationException", "")
    action = ("InvalidAction", "Could not find operation Nope for version 2010-05-08")
    assert refusal("iam", PlainRequest(body=b"Action=Nope")) == action
    assert refusal("iam", PlainRequest()) == ("MissingAction", "Missing Action")
    assert refusal("lambda", PlainRequest("GET", "/nope")) == ("UnknownOperationException", "")
