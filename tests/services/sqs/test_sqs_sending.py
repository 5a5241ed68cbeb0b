"""SendMessage and SendMessageBatch."""

import hashlib
from typing import ClassVar

import pytest

from tests.services.sqs.sqs_calls import NO_QUEUE, bodies, counts, invalid, receive, refused

MIB = 1_048_576
CHARACTERS = (
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
    "#x10000 to #x10FFFF"
)


def text(value, kind="String"):
    return {"DataType": kind, "StringValue": value}


def binary(value, kind="Binary"):
    return {"DataType": kind, "BinaryValue": value}


# SendMessage: wrong input


def test_a_message_has_a_body(sqs, create):
    with refused("MissingParameter", "The request must contain the parameter MessageBody."):
        sqs.send_message(QueueUrl=create("q"), MessageBody="")


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_a_body_holds_what_xml_can_carry(sqs, create, character):
    with refused("InvalidMessageContents", CHARACTERS, query_error="InvalidMessageContents"):
        sqs.send_message(QueueUrl=create("q"), MessageBody=f"a{character}b")
    with refused("InvalidMessageContents", CHARACTERS):
        sqs.send_message(QueueUrl="q", MessageBody="b", MessageAttributes={"a": text(character)})


def test_every_other_character_comes_through(sqs, create):
    body = "\t\n\r ~\x7f\ud7ff\ue000\ufffd\U00010000\U0010ffff<&>\"'"
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody=body)
    assert bodies(sqs, url) == [body]


def test_a_message_holds_one_mebibyte_of_utf_8(sqs, create):
    url = create("q")
    largest = "é" * (MIB // 2)  # two bytes each
    sqs.send_message(QueueUrl=url, MessageBody=largest)
    message = "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."
    with refused("InvalidParameterValue", message):
        sqs.send_message(QueueUrl=url, MessageBody=largest + "x")
    assert bodies(sqs, url) == [largest]


def test_attributes_count_by_name_type_and_value(sqs, create):
    url = create("q", MaximumMessageSize=1024)
    fits = {"name": text("v" * 10), "b": binary(b"\x00" * 10)}  # 4 + 6 + 10 and 1 + 6 + 10 bytes
    sqs.send_message(QueueUrl=url, MessageBody="x" * (1024 - 37), MessageAttributes=fits)
    message = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    with refused("InvalidParameterValue", message):
        sqs.send_message(QueueUrl=url, MessageBody="x" * (1024 - 36), MessageAttributes=fits)


def test_a_delay_is_at_most_15_minutes(sqs, create):
    url = create("q")
    for delay_s in (-1, 901):
        with refused(*invalid(delay_s, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")):
            sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay_s)
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=900)


def test_a_standard_queue_takes_no_deduplication_id(sqs, create):
    reason = "The request includes a parameter that is not valid for this queue type."
    with refused(*invalid("d", "MessageDeduplicationId", reason)):
        sqs.send_message(QueueUrl=create("q"), MessageBody="x", MessageDeduplicationId="d")


def test_a_standard_queue_takes_a_message_group_without_order(sqs, create):
    # Fair queues, since July 2025: the group names a tenant and does not hold messages back.
    url = create("q")
    for body in ("a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="tenant")
    first, second = receive(sqs, url, 1), receive(sqs, url, 1)
    assert [m["Attributes"]["MessageGroupId"] for m in first + second] == ["tenant", "tenant"]
    assert "SequenceNumber" not in first[0]["Attributes"]


def test_a_message_goes_to_a_queue_that_exists(sqs, create):
    with refused(NO_QUEUE, "The specified queue does not exist.", query_error="QueueDoesNotExist"):
        sqs.send_message(QueueUrl=create("q") + "x", MessageBody="x")


class TestMessageAttributes:
    RESERVED = "The message attribute name '{}' is invalid. Attribute name can not start with 'AWS.' or 'Amazon.'."
    NAMED = (
        "The message attribute name '{}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen "
        "(-), and period (.) characters."
    )
    TYPED = (
        "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: "
        "Binary, Number, String."
    )
    EMPTY = "Message (user) attribute 'a' must contain a non-empty value of type '{}'."
    FIELD = "The message attribute 'a' with type '{0}' must use field '{0}'."
    WRONG: ClassVar = [
        ({"AWS.x": text("v")}, RESERVED.format("AWS.x")),
        ({"amazon.x": text("v")}, RESERVED.format("amazon.x")),
        ({"a b": text("v")}, NAMED.format("a b")),
        ({"a": text("v", "Text")}, TYPED),
        ({"a": text("v", "string")}, TYPED),
        ({"a": text("v", "")}, "The message attribute 'a' must contain non-empty message attribute type."),
        ({"a": text("")}, EMPTY.format("String")),
        ({"a": {"DataType": "Binary"}}, EMPTY.format("Binary")),
        ({"a": binary(b"x", "String")}, FIELD.format("String")),
        ({"a": text("x", "Binary")}, FIELD.format("Binary")),
        ({"a": text("twelve", "Number")}, "Can't cast the value of message (user) attribute 'a' to a number."),
        (
            {f"a{n}": text("v") for n in range(11)},
            "Number of message attributes [11] exceeds the allowed maximum [10].",
        ),
    ]

    @pytest.mark.parametrize(("attributes", "message"), WRONG)
    def test_they_have_their_rules(self, sqs, create, attributes, message):
        with refused("InvalidParameterValue", message):
            sqs.send_message(QueueUrl=create("q"), MessageBody="x", MessageAttributes=attributes)

    @pytest.mark.parametrize("name", [".a", "a.", "a..b", "a" * 257])
    def test_periods_stand_between_parts_of_a_name(self, sqs, create, name):
        with refused("InvalidParameterValue"):
            sqs.send_message(QueueUrl=create("q"), MessageBody="x", MessageAttributes={name: text("v")})

    def test_lists_of_values_are_not_supported(self, sqs, create):
        message = "Message attribute list values in SendMessage operation are not supported."
        code = "AWS.SimpleQueueService.UnsupportedOperation"
        value = {"DataType": "String", "StringListValues": ["a"]}
        with refused(code, message, query_error="UnsupportedOperation"):
            sqs.send_message(QueueUrl=create("q"), MessageBody="x", MessageAttributes={"a": value})

    def test_they_come_back_as_they_were_sent(self, sqs, create):
        # boto3 verifies MD5OfMessageBody and MD5OfMessageAttributes itself and raises if one is wrong.
        sent = {
            "s": text("grün"), "n": text("-1.5e3", "Number"), "b": binary(b"\x00\xff"),
            "custom.type": text("5", "Number.int"), "B-2_x": binary(b"png", "Binary.png"),
        }  # fmt: skip
        url = create("q")
        answer = sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=sent)
        assert len(answer["MD5OfMessageAttributes"]) == 32
        found = receive(sqs, url, MessageAttributeNames=["All"])[0]
        assert found["MessageAttributes"] == sent
        assert found["MD5OfMessageAttributes"] == answer["MD5OfMessageAttributes"]

    def test_the_md5_is_the_one_of_the_documented_algorithm(self, sqs, create):
        # Each of name, type and value: length in four bytes, then the bytes; before the value one for its kind.
        def part(raw):
            return len(raw).to_bytes(4, "big") + raw

        expected = part(b"a") + part(b"Binary") + b"\x02" + part(b"\x01") + part(b"b") + part(b"Number") + b"\x01"
        sent = {"b": text("1", "Number"), "a": binary(b"\x01")}
        answer = sqs.send_message(QueueUrl=create("q"), MessageBody="x", MessageAttributes=sent)
        assert answer["MD5OfMessageAttributes"] == hashlib.md5(expected + part(b"1")).hexdigest()


class TestSystemAttributes:
    HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"

    def test_there_is_one_the_trace_header(self, sqs, create):
        url = create("q")
        sent = {"AWSTraceHeader": text(self.HEADER)}
        answer = sqs.send_message(QueueUrl=url, MessageBody="x", MessageSystemAttributes=sent)
        assert len(answer["MD5OfMessageSystemAttributes"]) == 32
        assert receive(sqs, url)[0]["Attributes"]["AWSTraceHeader"] == self.HEADER
        with refused("InvalidParameterValue", "Message system attribute name 'Other' is invalid."):
            sqs.send_message(QueueUrl=url, MessageBody="x", MessageSystemAttributes={"Other": text("v")})

    @pytest.mark.parametrize("value", [text(""), text("1", "Number"), binary(b"x")])
    def test_it_is_a_string(self, sqs, create, value):
        message = "The message system attribute 'AWSTraceHeader' must have type 'String' and a value."
        with refused("InvalidParameterValue", message):
            sqs.send_message(
                QueueUrl=create("q"), MessageBody="x", MessageSystemAttributes={"AWSTraceHeader": value}
            )  # fmt: skip

    def test_it_does_not_count_against_the_size(self, sqs, create):
        # "The size of a message system attribute doesn't count towards the total size of a message."
        url = create("q", MaximumMessageSize=1024)
        sent = {"AWSTraceHeader": text(self.HEADER)}
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1024, MessageSystemAttributes=sent)


# SendMessage: behaviour


def test_a_sent_message_is_acknowledged_with_its_md5_and_received_once(sqs, create):
    url = create("q")
    answer = sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert answer["MD5OfMessageBody"] == hashlib.md5(b"hello").hexdigest()
    assert "SequenceNumber" not in answer
    assert "MD5OfMessageAttributes" not in answer
    assert [m["MessageId"] for m in receive(sqs, url)] == [answer["MessageId"]]
    assert receive(sqs, url) == []


def test_a_delayed_message_becomes_visible_at_its_instant(sqs, create, frozen_clock):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=5)
    assert counts(sqs, url) == (0, 0, 1)
    frozen_clock.advance(4.999)
    assert bodies(sqs, url) == []
    frozen_clock.advance(0.001)
    assert counts(sqs, url) == (1, 0, 0)
    assert bodies(sqs, url) == ["x"]


def test_the_delay_of_the_queue_is_for_messages_that_bring_none(sqs, create, frozen_clock):
    url = create("q", DelaySeconds=10)
    sqs.send_message(QueueUrl=url, MessageBody="queue's")
    sqs.send_message(QueueUrl=url, MessageBody="own", DelaySeconds=20)
    sqs.send_message(QueueUrl=url, MessageBody="none", DelaySeconds=0)
    assert bodies(sqs, url) == ["none"]
    frozen_clock.advance(10)
    assert bodies(sqs, url) == ["queue's"]
    frozen_clock.advance(10)
    assert bodies(sqs, url) == ["own"]


def test_a_new_delay_of_a_standard_queue_is_for_new_messages(sqs, create):
    url = create("q", DelaySeconds=10)
    sqs.send_message(QueueUrl=url, MessageBody="old")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    sqs.send_message(QueueUrl=url, MessageBody="new")
    assert bodies(sqs, url) == ["new"]


# SendMessageBatch


def entry(n, body="x", **more):
    return {"Id": str(n), "MessageBody": body, **more}


PREFIX = "AWS.SimpleQueueService."


class TestBatches:
    def test_a_batch_has_one_to_ten_entries(self, sqs, create):
        url = create("q")
        message = "There should be at least one SendMessageBatchRequestEntry in the request."
        with refused(PREFIX + "EmptyBatchRequest", message, query_error="EmptyBatchRequest"):
            sqs.send_message_batch(QueueUrl=url, Entries=[])
        message = "Maximum number of entries per request are 10. You have sent 11."
        code = PREFIX + "TooManyEntriesInBatchRequest"
        with refused(code, message, query_error="TooManyEntriesInBatchRequest"):
            sqs.send_message_batch(QueueUrl=url, Entries=[entry(n) for n in range(11)])

    def test_entries_have_distinct_ids(self, sqs, create):
        with refused(PREFIX + "BatchEntryIdsNotDistinct", "Id 1 repeated.", query_error="BatchEntryIdsNotDistinct"):
            sqs.send_message_batch(QueueUrl=create("q"), Entries=[entry(1), entry(1)])

    @pytest.mark.parametrize("entry_id", ["", "a b", "a" * 81, "a.b"])
    def test_an_entry_id_has_its_form(self, sqs, create, entry_id):
        message = (
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
            "letters long."
        )
        with refused(PREFIX + "InvalidBatchEntryId", message, query_error="InvalidBatchEntryId"):
            sqs.send_message_batch(QueueUrl=create("q"), Entries=[entry(entry_id)])

    def test_a_batch_holds_one_mebibyte_together(self, sqs, create):
        url, half = create("q"), "x" * (MIB // 2)
        sqs.send_message_batch(QueueUrl=url, Entries=[entry(1, half), entry(2, half)])
        message = "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."
        with refused(PREFIX + "BatchRequestTooLong", message, query_error="BatchRequestTooLong"):
            sqs.send_message_batch(QueueUrl=url, Entries=[entry(1, half), entry(2, half + "x")])
        assert counts(sqs, url) == (2, 0, 0)

    def test_an_entry_fails_for_itself(self, sqs, create):
        url = create("q", MaximumMessageSize=1024)
        result = sqs.send_message_batch(
            QueueUrl=url,
            Entries=[
                entry("good", "fine", MessageAttributes={"a": text("v")}),
                entry("late", DelaySeconds=901),
                entry("long", "x" * 1025),
                entry("null", "\x00"),
                entry("empty", ""),
            ],
        )
        assert [(e["Id"], e["MD5OfMessageBody"]) for e in result["Successful"]] == [
            ("good", hashlib.md5(b"fine").hexdigest())
        ]
        assert result["Failed"] == [
            {
                "Id": "late", "SenderFault": True, "Code": "InvalidParameterValue",
                "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= "
                "900.",
            },
            {
                "Id": "long", "SenderFault": True, "Code": "InvalidParameterValue",
                "Message": "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
            },
            {"Id": "null", "SenderFault": True, "Code": "InvalidMessageContents", "Message": CHARACTERS},
            {
                "Id": "empty", "SenderFault": True, "Code": "MissingParameter",
                "Message": "The request must contain the parameter MessageBody.",
            },
        ]  # fmt: skip
        assert bodies(sqs, url) == ["fine"]

    def test_entries_have_delays_and_attributes_of_their_own(self, sqs, create, frozen_clock):
        url = create("q", DelaySeconds=3)
        result = sqs.send_message_batch(
            QueueUrl=url,
            Entries=[entry(1, "now", DelaySeconds=0), entry(2, "queue's"), entry(3, "own", DelaySeconds=6)],
        )
        assert [e["Id"] for e in result["Successful"]] == ["1", "2", "3"]
        assert "Failed" not in result
        assert counts(sqs, url) == (1, 0, 2)
        for expected in ("now", "queue's", "own"):
            assert bodies(sqs, url) == [expected]
            frozen_clock.advance(3)

    def test_a_batch_is_received_in_the_order_of_its_entries(self, sqs, create):
        # AWS promises best effort; here it is exact.
        url = create("q")
        sqs.send_message_batch(QueueUrl=url, Entries=[entry(n, str(n)) for n in range(10)])
        assert bodies(sqs, url) == [str(n) for n in range(10)]
