"""Answers and errors of real models, where the vectors say nothing."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import cbor2
import pytest

from cloudchamber.core.errors import AccessDenied, AwsError, SerializationError, ValidationError
from cloudchamber.protocol import eventstream, models
from cloudchamber.protocol.compile import compile_codec
from cloudchamber.protocol.errors import ErrorSerializer
from tests.protocol.client_view import body_of, client_error, client_model, client_result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.protocol.wire import Response


NOT_FOUND = "ResourceNotFoundException"
GET_OPERATIONS = {"dynamodb": "GetItem", "lambda": "GetFunction", "iam": "GetUser"}


def answer(service: str, operation: str, protocol: str, result: dict[str, Any]) -> Response:
    return compile_codec(models.load(service).operation(operation), protocol).serialize(result, "request-id")


def test_a_status_that_has_no_body_gets_none() -> None:
    response = answer("lambda", "DeleteFunctionConcurrency", "rest-json", {})
    assert (response.status, response.headers, response.body) == (204, [], b"")


def test_an_output_without_members_is_an_empty_object() -> None:
    assert answer("dynamodb", "UpdateTimeToLive", "json", {}).body == b"{}"
    assert answer("eks", "TagResource", "rest-json", {}).body == b"{}"


def test_an_answer_takes_no_more_memory_than_it_is_long() -> None:
    codec = compile_codec(models.load("sqs").operation("SendMessage"), "json")
    codec.serialize({"MessageId": "m"}, "r")  # what is made once is made
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [codec.serialize({"MessageId": f"{number:036}"}, "r").body for number in range(100)]
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown / len(kept) < 512


def test_an_operation_without_output_answers_nothing() -> None:
    assert answer("sqs", "DeleteMessage", "json", {}).body == b""
    assert answer("s3", "DeleteBucket", "rest-xml", {}).body == b""


def test_the_root_and_the_namespace_of_an_xml_answer_can_be_patched() -> None:
    patch = {
        "metadata": {"xmlNamespace": "http://s3.amazonaws.com/doc/2006-03-01/"},
        "operations": {"ListObjectsV2": {"output": {"locationName": "ListBucketResult"}}},
    }
    operation = models.load_patched("s3", patch).operation("ListObjectsV2")
    body = compile_codec(operation, "rest-xml").serialize({"Name": "b", "Contents": [{"Key": "a"}]}, "").body
    assert isinstance(body, bytes)
    assert ElementTree.fromstring(body).tag == "{http://s3.amazonaws.com/doc/2006-03-01/}ListBucketResult"


def test_an_unwrapped_output_is_its_only_member() -> None:
    patch = {"operations": {"GetBucketLocation": {"output": {"unwrapped": True}}}}
    model = models.load_patched("s3", patch)
    codec = compile_codec(model.operation("GetBucketLocation"), "rest-xml")
    for region in ("eu-west-1", None):
        body = codec.serialize({"LocationConstraint": region}, "").body
        assert isinstance(body, bytes)
        root = ElementTree.fromstring(body)
        assert (root.tag.rpartition("}")[2], root.text) == ("LocationConstraint", region)


def test_text_that_xml_cannot_carry_is_left_out_and_the_rest_escaped() -> None:
    name = "a\x00\x1f<&>\r\n\t\ufffe]]>\"'😀"
    response = answer("iam", "ListGroups", "query", {"Groups": [{"GroupName": name}], "IsTruncated": False})
    result = client_result(response, client_model("iam").operation_model("ListGroups"), "query")
    assert result["Groups"] == [{"GroupName": "a<&>\r\n\t]]>\"'😀"}]


def events(service: str, operation: str, protocol: str, result: dict[str, Any]) -> list[eventstream.Message]:
    return list(eventstream.decode_messages(body_of(answer(service, operation, protocol, result))))


def failing(error: AwsError) -> Iterator[dict[str, Any]]:
    yield {"SubscribeToShardEvent": {"Records": [], "ContinuationSequenceNumber": "1", "MillisBehindLatest": 0}}
    raise error


def test_a_modelled_exception_ends_a_stream_as_an_exception() -> None:
    stream = failing(AwsError("gone", code="ResourceNotFoundException"))
    messages = events("kinesis", "SubscribeToShard", "json", {"EventStream": stream})
    assert [m.headers[":message-type"] for m in messages] == ["event", "event", "exception"]
    assert messages[0].headers[":event-type"] == "initial-response"
    assert messages[2].headers[":exception-type"] == "ResourceNotFoundException"
    assert json.loads(messages[2].payload) == {"message": "gone"}


def test_any_other_error_ends_a_stream_as_an_error() -> None:
    messages = events("kinesis", "SubscribeToShard", "json", {"EventStream": failing(AwsError("no", code="Whatever"))})
    assert messages[-1].headers == {":message-type": "error", ":error-code": "Whatever", ":error-message": "no"}


def test_records_of_a_select_are_raw_and_its_progress_is_xml() -> None:
    details = {"BytesScanned": 1, "BytesProcessed": 2, "BytesReturned": 3}
    payload = [{"Records": {"Payload": b"a,b\n"}}, {"Progress": {"Details": details}}, {"End": {}}]
    messages = events("s3", "SelectObjectContent", "rest-xml", {"Payload": payload})
    assert [m.headers[":event-type"] for m in messages] == ["Records", "Progress", "End"]
    assert messages[0].payload == b"a,b\n"
    assert messages[0].headers[":content-type"] == "application/octet-stream"
    assert messages[1].headers[":content-type"] == "text/xml"
    assert messages[2].payload == b""


def error(service: str, protocol: str, raised: AwsError) -> Response:
    return ErrorSerializer(models.load(service), protocol)(raised, "request-id")


@pytest.mark.parametrize(
    ("service", "protocol", "raised", "code", "status"),
    [
        ("dynamodb", "json", AccessDenied("no"), "AccessDeniedException", 400),
        ("lambda", "rest-json", AccessDenied("no"), "AccessDeniedException", 403),
        ("iam", "query", AccessDenied("no"), "AccessDenied", 403),
        ("dynamodb", "json", ValidationError("no"), "ValidationException", 400),
        ("iam", "query", ValidationError("no"), "ValidationError", 400),
        ("iam", "query", AwsError("no", code="NoSuchEntityException", status=404), "NoSuchEntity", 404),
        ("lambda", "rest-json", AwsError("no", code=NOT_FOUND), NOT_FOUND, 404),
    ],
)  # fmt: skip
def test_an_error_has_the_code_and_status_of_its_protocol(
    service: str, protocol: str, raised: AwsError, code: str, status: int
) -> None:
    response = error(service, protocol, raised)
    parsed = client_error(response, client_model(service).operation_model(GET_OPERATIONS[service]), protocol)
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"], response.status) == (code, "no", status)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (SerializationError(""), "com.amazon.coral.service#SerializationException"),
        (ValidationError("x"), "com.amazon.coral.validate#ValidationException"),
        (AwsError("x", code="ResourceNotFoundException"), "com.amazonaws.dynamodb#ResourceNotFoundException"),
    ],
)
def test_the_type_of_a_json_error_stands_in_a_namespace(raised: AwsError, kind: str) -> None:
    body = error("dynamodb", "json", raised).body
    assert isinstance(body, bytes)
    assert json.loads(body)["__type"] == kind


def test_an_error_without_a_message_says_none() -> None:
    body = error("dynamodb", "json", SerializationError("")).body
    assert isinstance(body, bytes)
    assert json.loads(body).keys() == {"__type"}


def test_members_of_an_error_are_written_by_its_shape() -> None:
    item = {"id": {"B": b"x"}}
    reasons = [{"Code": "ConditionalCheckFailed", "Item": item}]
    raised = AwsError("m", code="TransactionCanceledException", members={"CancellationReasons": reasons})
    body = error("dynamodb", "json", raised).body
    assert isinstance(body, bytes)
    assert json.loads(body)["CancellationReasons"] == [
        {"Code": "ConditionalCheckFailed", "Item": {"id": {"B": "eA=="}}}
    ]


def test_members_of_an_error_that_are_bound_to_headers_are_sent_there() -> None:
    raised = AwsError("slow", code="TooManyRequestsException", members={"retryAfterSeconds": "3", "Type": "User"})
    response = error("lambda", "rest-json", raised)
    assert ("Retry-After", "3") in response.headers
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {"message": "slow", "Type": "User"}
    assert response.status == 429


def test_a_service_that_stayed_compatible_with_query_sends_both_codes() -> None:
    patch = {"shapes": {"QueueDoesNotExist": {"error": {"code": "AWS.SimpleQueueService.NonExistentQueue"}}}}
    serialize = ErrorSerializer(models.load_patched("sqs", patch), "json")
    for raised in ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"):
        response = serialize(AwsError("no", code=raised), "id")
        assert ("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender") in response.headers
        assert isinstance(response.body, bytes)
        assert json.loads(response.body) == {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no"}


def test_an_error_of_s3_is_bare() -> None:
    serialize = ErrorSerializer(models.load("s3"), "rest-xml", wrapped=False)
    raised = AwsError(
        "The specified bucket does not exist", code="NoSuchBucket", status=404, members={"BucketName": "b"}
    )
    response = serialize(raised, "id")
    assert isinstance(response.body, bytes)
    root = ElementTree.fromstring(response.body)
    assert (root.tag, root.findtext("Code"), root.findtext("BucketName")) == ("Error", "NoSuchBucket", "b")


def test_an_error_in_cbor_is_a_map_with_its_type() -> None:
    response = error("cloudwatch", "smithy-rpc-v2-cbor", AwsError("no", code="ResourceNotFound"))
    assert isinstance(response.body, bytes)
    assert cbor2.loads(response.body)["__type"].endswith("#ResourceNotFound")
