"""What no client sends: each parser answers with an AWS error or with values of the right types, and in linear time."""

from __future__ import annotations

import struct
from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudchamber.core.errors import AwsError
from cloudchamber.protocol import cbor, eventstream, models, query, scalars, xml
from cloudchamber.protocol.compile import compile_codec
from cloudchamber.protocol.rest import split_header_list
from cloudchamber.protocol.routing import Router
from cloudchamber.protocol.validate import compile_validator
from cloudchamber.protocol.wire import PlainRequest
from tests.protocol.client_view import client_model, client_request
from tests.protocol.generated import inputs
from tests.protocol.test_round_trips import SERVICES, codec, operations, router

if TYPE_CHECKING:
    from cloudchamber.protocol.models import Operation, Shape

budget = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

PUT_ITEM = compile_codec(models.load("dynamodb").operation("PutItem"), "json")
PUT_METRICS = compile_codec(models.load("cloudwatch").operation("PutMetricData"), "smithy-rpc-v2-cbor")
DELETE_OBJECTS = compile_codec(models.load("s3").operation("DeleteObjects"), "rest-xml")
CREATE_POLICY = compile_codec(models.load("iam").operation("CreatePolicy"), "query")


def assert_typed(value: Any, shape: Shape) -> None:
    """That handlers get what the model says, whatever was sent."""
    if shape.get("document") or shape.get("jsonvalue"):
        return
    if shape.type == "structure":
        assert type(value) is dict and value.keys() <= shape.members.keys()
        for name, item in value.items():
            assert_typed(item, shape.members[name])
    elif shape.type == "list":
        assert type(value) is list
        for item in value:
            assert item is not None or shape.get("sparse")
            if item is not None:
                assert_typed(item, shape.member)
    elif shape.type == "map":
        assert type(value) is dict
        for key, item in value.items():
            assert type(key) is str
            if item is not None:
                assert_typed(item, shape.value)
    else:
        types: dict[str, tuple[type, ...]] = {
            "integer": (int,), "long": (int,), "float": (float, int), "double": (float, int),
            "boolean": (bool,), "timestamp": (float, int), "blob": (bytes,),
        }  # fmt: skip
        assert type(value) in types.get(shape.type, (str,)), (shape, value)
        if shape.type in ("integer", "long"):
            assert abs(value) <= scalars.INTEGER_LIMITS[shape.type]


def survive(operation: Operation, protocol: str, request: PlainRequest) -> None:
    """Parse and validate: only AWS errors may come of it."""
    try:
        value = compile_codec(operation, protocol).parse(request)
        if operation.input is not None:
            assert_typed(value, operation.input)
        validate = compile_validator(operation.input)
        if validate is not None:
            validate(value)
    except AwsError:
        pass


def bent(data: Any, raw: bytes) -> bytes:
    """Bytes with a few cut, put in, doubled or changed."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 12)))
        new = data.draw(
            st.binary(max_size=4) | st.sampled_from([raw[start:end] * 2, b"null", b"[", b"}", b"\xff", b"<", b"&"])
        )
        raw = raw[:start] + new + raw[end:]
    return raw


@pytest.mark.parametrize("service", SERVICES)
@given(data=st.data())
@budget
def test_a_bent_request_is_refused_or_parsed_to_the_right_types(service: str, data: Any) -> None:
    operation, _ = codec(service, data.draw(st.sampled_from(operations(service))))
    protocol = SERVICES[service]
    params = data.draw(inputs(operation, protocol))
    request = client_request(client_model(service).operation_model(operation.name), protocol, params)
    request = replace(
        request,
        body=bent(data, request.body),
        query_string=bent(data, request.query_string.encode()).decode("latin-1"),
        headers={k: bent(data, v.encode()).decode("latin-1") for k, v in request.headers.items()},
    )
    survive(operation, protocol, request)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just(2**64) | st.just(1e308),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("service", ["sqs", "dynamodb", "lambda", "cloudwatch"])
@given(data=st.data())
@budget
def test_a_member_of_any_type_is_refused_or_parsed_to_its_own(service: str, data: Any) -> None:
    protocol = SERVICES[service]
    operation, _ = codec(service, data.draw(st.sampled_from([n for n in operations(service) if has_body(service, n)])))
    names = [m.wire_name or n for n, m in operation.input.members.items()] if operation.input else []
    tree = data.draw(st.dictionaries(st.sampled_from(names), TREES, min_size=1))
    body = cbor.dumps(tree) if "cbor" in protocol else dumps(tree).encode()
    survive(operation, protocol, PlainRequest(body=body))


def has_body(service: str, name: str) -> bool:
    shape = models.load(service).operation(name).input
    return shape is not None and bool(shape.members)


@pytest.mark.parametrize("protocol", sorted(set(SERVICES.values())))
@given(raw=st.binary(max_size=64), text=st.text(max_size=32))
@budget
def test_any_bytes_are_refused_or_parsed(protocol: str, raw: bytes, text: str) -> None:
    service = next(s for s, p in SERVICES.items() if p == protocol)
    name = operations(service)[len(raw) % len(operations(service))]
    operation, _ = codec(service, name)
    survive(
        operation,
        protocol,
        PlainRequest(path="/" + quote(text), query_string=text, headers={"x-amz-acl": text}, body=raw),
    )
    try:
        router(service).route(PlainRequest("POST", quote(text), text, {"x-amz-target": text}, raw))
    except AwsError:
        pass


DEEP = 100_000
JSON_BODIES = {
    "nested lists": b'{"Item":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "nested maps": b'{"Item":{"a":' + b'{"M":{"a":' * DEEP + b"{}" + b"}}" * DEEP + b"}}",
    "maps nested as deep as is read": b'{"Item":{"a":' + b'{"M":{"a":' * 95 + b'{"S":""}' + b"}}" * 95 + b"}}",
    "unclosed": b"[" * DEEP,
    "a huge integer": b'{"Item":{"a":{"N":' + b"9" * DEEP + b"}}}",
    "NaN": b'{"Item":NaN}',
    "infinity": b'{"Item":1e999}',
    "a lone surrogate": b'{"TableName":"\\ud800"}',
    "invalid UTF-8": b'{"TableName":"\xff\xfe"}',
    "an encoded surrogate": b'{"TableName":"\xed\xa0\x80"}',
    "a byte order mark": b'\xef\xbb\xbf{"TableName":"t"}',
    "duplicate keys": b'{"TableName":1,"TableName":"t"}',
    "null": b"null",
    "a string": b'"x"',
    "white space": b"  ",
    "a zero byte": b'{"TableName":"a\x00"}',
    "null in a list": b'{"Item":{"a":{"SS":[null]}}}',
}


@pytest.mark.parametrize("body", JSON_BODIES.values(), ids=JSON_BODIES.keys())
@pytest.mark.timeout(20)
def test_a_hostile_json_body_is_refused_or_parsed(body: bytes) -> None:
    survive(models.load("dynamodb").operation("PutItem"), "json", PlainRequest(body=body))


def test_the_last_of_duplicate_keys_counts() -> None:
    assert PUT_ITEM.parse(PlainRequest(body=JSON_BODIES["duplicate keys"])) == {"TableName": "t"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"TableName":1}', "NUMBER_VALUE cannot be converted to String"),
        (b'{"TableName":1.5}', "DECIMAL_VALUE cannot be converted to String"),
        (b'{"TableName":true}', "TRUE_VALUE cannot be converted to String"),
        (b'{"TableName":[]}', "Start of list found where not expected"),
        (b'{"TableName":{}}', "Start of structure or map found where not expected."),
        (b'{"Item":"x"}', "Unexpected field type"),
        (b'{"Item":{"a":{"BOOL":"x"}}}', "STRING_VALUE cannot be converted to Boolean"),
        (b'{"Item":{"a":{"B":"%"}}}', "Invalid base64 data"),
        (b"{", ""),
    ],
)
def test_a_wrong_json_type_is_told_in_the_words_of_the_framework(body: bytes, message: str) -> None:
    with pytest.raises(AwsError) as caught:
        PUT_ITEM.parse(PlainRequest(body=body))
    assert (caught.value.code, caught.value.message) == ("SerializationException", message)


def test_an_integer_out_of_its_range_is_refused() -> None:
    receive = compile_codec(models.load("sqs").operation("ReceiveMessage"), "json")
    for number in (b"2147483648", b"-2147483649", b"1e99", b"18446744073709551616"):
        with pytest.raises(AwsError):
            receive.parse(PlainRequest(body=b'{"WaitTimeSeconds":' + number + b"}"))
    assert receive.parse(PlainRequest(body=b'{"WaitTimeSeconds":20.0}')) == {"WaitTimeSeconds": 20}


CBOR_BODIES = {
    "nested lists": b"\x81" * DEEP + b"\x00",
    "nested maps": b"\xa1\x61a" * DEEP + b"\x00",
    "nested tags": b"\xc1" * DEEP + b"\x00",
    "a list of 2**63 items": b"\x9b" + b"\x7f" + b"\xff" * 7,
    "a list of 2**32 items": b"\x9a\xff\xff\xff\xff",
    "a map of 2**63 items": b"\xbb" + b"\x7f" + b"\xff" * 7,
    "bytes of 2**62": b"\x5b\x3f" + b"\xff" * 7,
    "a string of 2**31": b"\x7a\x7f\xff\xff\xff" + b"a",
    "an open map": b"\xbf" * DEEP,
    "an indefinite string": b"\xa1\x69Namespace\x7f\x61a\x61b\xff",
    "an indefinite string of bytes": b"\xa1\x69Namespace\x7f\x41a\xff",
    "a huge integer": b"\xc2\x5a\x00\x01\x00\x00" + b"\xff" * 65536,
    "a huge decimal": b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
    "a huge rational": b"\xd8\x1e\x82\x01\x00",
    "a far date": b"\xc1\xfb\x7f\xe0\x00\x00\x00\x00\x00\x00",
    "a date that is no number": b"\xc1\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00",
    "a regular expression": b"\xd8\x23\x6a(a+)+$[[[[",
    "a list that holds itself": b"\xd8\x1c\x82\xd8\x1d\x00\xd8\x1d\x00",
    "a map that holds itself": b"\xd8\x1c\xa2\x61a\xd8\x1d\x00\x61b\xd8\x1d\x00",
    "keys that are lists": b"\xa1\x81\x01\x01",
    "keys that are numbers": b"\xa1\x01\x01",
    "trailing bytes": b"\xa0\x00",
    "undefined": b"\xf7",
    "a simple value": b"\xf8\xff",
    "an invalid string": b"\xa1\x69Namespace\x62\xff\xfe",
    "a surrogate": b"\xa1\x69Namespace\x63\xed\xa0\x80",
    "break": b"\xff",
}


@pytest.mark.parametrize("body", CBOR_BODIES.values(), ids=CBOR_BODIES.keys())
@pytest.mark.timeout(20)
def test_a_hostile_cbor_body_is_refused_or_parsed(body: bytes) -> None:
    operation = models.load("cloudwatch").operation("PutMetricData")
    survive(operation, "smithy-rpc-v2-cbor", PlainRequest(body=body))
    for name in (b"\x6aMetricData", b"\x69Namespace", b"\x70StrictEntityVal"):
        survive(operation, "smithy-rpc-v2-cbor", PlainRequest(body=b"\xa1" + name + body))
    statistics = models.load("cloudwatch").operation("GetMetricStatistics")
    for name in (b"\x69StartTime", b"\x66Period", b"\x6aDimensions"):
        survive(statistics, "smithy-rpc-v2-cbor", PlainRequest(body=b"\xa1" + name + body))


def test_an_indefinite_string_of_cbor_is_read() -> None:
    assert PUT_METRICS.parse(PlainRequest(body=CBOR_BODIES["an indefinite string"])) == {"Namespace": "ab"}


def test_no_tag_of_cbor_is_read_but_a_timestamps() -> None:
    for tag in (0, *range(2, 70), 100, 256, 258, 260, 261, 1004, 1040, 43000, 55799):
        for content in (b"\x01", b"\x61a", b"\x41a", b"\x82\x01\x01", b"\x6a2020-01-01", b"\x64(a+)"):
            with pytest.raises(AwsError):
                cbor.loads(b"\xd9" + tag.to_bytes(2, "big") + content)
    assert cbor.loads(b"\xc1\x01").timestamp() == 1


XML_BODIES = {
    "nested": b"<Delete>" + b"<Object>" * DEEP + b"</Object>" * DEEP + b"</Delete>",
    "a billion laughs": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Delete><Object>&b;</Object></Delete>',
    "an outer entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Delete>&a;</Delete>',
    "an unknown entity": b"<Delete>&nope;</Delete>",
    "an unknown encoding": b'<?xml version="1.0" encoding="nope"?><Delete/>',
    "an encoding of many bytes": b'<?xml version="1.0" encoding="shift_jis"?><Delete/>',
    "UTF-16": "<Delete><Quiet>true</Quiet></Delete>".encode("utf-16"),
    "a surrogate": b"<Delete>&#xD800;</Delete>",
    "invalid UTF-8": b"<Delete>\xff</Delete>",
    "a zero byte": b"<Delete>\x00</Delete>",
    "nothing": b"",
    "text": b"hello",
    "two roots": b"<a/><b/>",
    "unclosed": b"<Delete><Object>",
    "many attributes": b"<Delete " + b" ".join(b'a%d="1"' % n for n in range(20_000)) + b"/>",
    "one attribute twice": b'<Delete a="1" a="2"/>',
    "a broken prefix": b"<:/>",
    "many children": b"<Delete>" + b"<Object><Key>a</Key></Object>" * 20_000 + b"</Delete>",
    "no boolean": b"<Delete><Quiet>maybe</Quiet></Delete>",
    "no timestamp": b"<Delete><Object><Key>a</Key><LastModifiedTime>soon</LastModifiedTime></Object></Delete>",
    "no number": b"<Delete><Object><Key>a</Key><Size>99999999999999999999</Size></Object></Delete>",
}


@pytest.mark.parametrize("body", XML_BODIES.values(), ids=XML_BODIES.keys())
@pytest.mark.timeout(20)
def test_a_hostile_xml_body_is_refused_or_parsed(body: bytes) -> None:
    survive(models.load("s3").operation("DeleteObjects"), "rest-xml", PlainRequest(path="/b", body=body))


def test_a_document_with_a_doctype_is_malformed() -> None:
    with pytest.raises(xml.MalformedXml) as caught:
        DELETE_OBJECTS.parse(PlainRequest(path="/b", body=XML_BODIES["a billion laughs"]))
    assert caught.value.code == "MalformedXML"


FORMS = {
    "deep names": b"a" + b".1" * 20_000 + b"=1",
    "many fields": b"&".join(b"Tags.member.%d.Key=a" % n for n in range(19_000)),
    "too many fields": b"a=1&" * 50_000,
    "a huge index": b"Tags.member.99999999999999999999.Key=a",
    "indices of other digits": "Tags.member.²٣.Key=a".encode(),
    "no name": b"=x&.a=1&..=2&.=3",
    "a value and members under one name": b"PolicyName=a&PolicyName.b=c&Tags=x&Tags.member=y&Tags.member.1=z",
    "the same name twice": b"PolicyName=a&PolicyName=b",
    "broken escapes": b"PolicyName=%&PolicyDocument=%zz&Path=%e",
    "invalid UTF-8": b"PolicyName=\xff",
    "escaped invalid UTF-8": b"PolicyName=%ff",
    "an escaped surrogate": b"PolicyName=%ed%a0%80",
    "an escaped zero byte": b"PolicyName=%00",
    "semicolons": b"a;b;c=1;d",
    "only ampersands": b"&" * DEEP,
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS.keys())
@pytest.mark.timeout(20)
def test_a_hostile_form_is_refused_or_parsed(body: bytes) -> None:
    for service, name, protocol in (("iam", "CreatePolicy", "query"), ("ec2", "RunInstances", "ec2")):
        operation = models.load(service).operation(name)
        survive(operation, protocol, PlainRequest(body=body))
        survive(operation, protocol, PlainRequest(query_string=body.decode("latin-1")))


def test_the_last_of_a_name_given_twice_counts_in_a_form() -> None:
    assert CREATE_POLICY.parse(PlainRequest(body=FORMS["the same name twice"])) == {"PolicyName": "b"}


def test_a_form_nested_too_deep_is_refused() -> None:
    with pytest.raises(query.MalformedQuery, match="nested too deeply"):
        CREATE_POLICY.parse(PlainRequest(body=FORMS["deep names"]))


@given(raw=st.binary(max_size=80))
@budget
def test_any_bytes_are_messages_of_an_event_stream_or_refused(raw: bytes) -> None:
    for buffer in (raw, struct.pack(">II", len(raw) + 8, 4) + raw):
        try:
            list(eventstream.decode_messages(buffer))
        except AwsError:
            pass


@given(data=st.data(), headers=st.dictionaries(st.text("ab", min_size=1), st.text() | st.binary() | st.booleans()))
@budget
def test_a_bent_event_message_is_refused(data: Any, headers: dict[str, Any]) -> None:
    message = eventstream.encode_message(eventstream.Message(headers, b"payload"))
    assert list(eventstream.decode_messages(message)) == [eventstream.Message(headers, b"payload")]
    at = data.draw(st.integers(0, len(message) - 1))
    changed = message[:at] + bytes([message[at] ^ 1 << data.draw(st.integers(0, 7))]) + message[at + 1 :]
    with pytest.raises(AwsError):
        list(eventstream.decode_messages(changed))


@given(text=st.text(max_size=40) | st.from_regex(r"[0-9+\-.:TZeE, ]{0,40}"))
@budget
def test_any_text_is_a_scalar_or_no_value(text: str) -> None:
    for parse in (scalars.parse_timestamp, scalars.parse_integer, scalars.parse_float, scalars.parse_boolean):
        try:
            parse(text)
        except ValueError:
            pass


@pytest.mark.timeout(20)
def test_long_hostile_headers_take_linear_time() -> None:
    strings = models.load("s3").shape("ObjectAttributesList").member
    for text in (" " * DEEP + "x", '"' * DEEP, '"a' * DEEP, "\\" * DEEP, '"\\' * DEEP, "," * DEEP, '" ,' * DEEP):
        split_header_list(text, strings)
    for text in ("9" * DEEP, "1" + "0" * DEEP + ".", "2014-" * DEEP, "Mon, " * DEEP, "(" * DEEP):
        for parse in (scalars.parse_timestamp, scalars.parse_integer, scalars.parse_float):
            try:
                parse(text)
            except ValueError:
                pass


@pytest.mark.timeout(20)
def test_long_hostile_paths_take_linear_time() -> None:
    for service in ("s3", "lambda", "apigateway", "s3control"):
        route = Router(models.load(service))
        for path in ("/" * DEEP, "/a" * DEEP, "/%2F" * DEEP, "/v20180820/mrap/instances" * 20_000):
            for method in ("GET", "PUT"):
                try:
                    route.route(PlainRequest(method, path))
                except AwsError:
                    pass
