"""Batches by themselves: gathering, cutting, lanes, limits, and what a consumer reports."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from cloudchamber.core.polling.batches import (
    RECORDS_BYTES_MAX,
    Gathering,
    Limits,
    batches,
    failed_items,
    lanes,
    pause_s,
)  # fmt: skip
from cloudchamber.core.polling.records import of_message, view_of

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"


def change(number: int, key: str = "k", at: float = 0.0) -> dict[str, Any]:
    return {"dynamodb": {"SequenceNumber": str(number), "Keys": {"k": {"S": key}}, "ApproximateCreationDateTime": at}}


def large(megabytes: float) -> dict[str, Any]:
    return {"body": "x" * int(megabytes * 1024 * 1024)}


# gathering and cutting


def test_the_window_opens_with_the_first_record():
    batch = Gathering(most=10, window_s=30)
    batch.add([], now=100)
    assert batch.left_s(100) is None
    batch.add([change(1)], now=110)
    batch.add([change(2)], now=120)
    assert (batch.left_s(120), batch.wanted, batch.is_full) == (20, 8, False)


def test_a_batch_is_full_with_so_many_records_or_with_what_an_invocation_takes():
    by_count, by_size = Gathering(most=2, window_s=30), Gathering(most=100, window_s=30)
    by_count.add([change(1), change(2)], now=0)
    by_size.add([large(4)], now=0)
    assert (by_count.is_full, by_size.is_full) == (True, False)
    by_size.add([large(1)], now=0)
    assert by_size.is_full


def test_records_are_cut_by_number_and_size_in_their_order():
    assert list(batches([], 3)) == []
    assert [len(batch) for batch in batches([change(n) for n in range(7)], 3)] == [3, 3, 1]
    records = [large(size) for size in (2, 2, 2, 6, 1)]
    found = list(batches(records, 10))
    assert [len(batch) for batch in found] == [2, 1, 1, 1]  # what is too large by itself goes by itself
    assert [record for batch in found for record in batch] == records
    assert len(json.dumps(found[0])) <= RECORDS_BYTES_MAX


def test_lanes_keep_an_item_together_and_in_order():
    changes = [change(number, f"k{number % 7}") for number in range(70)]
    found = lanes(changes, 3)
    assert 1 < len(found) <= 3
    assert sorted(map(id, changes)) == sorted(id(one) for lane in found for one in lane)
    home: dict[str, int] = {}
    for place, lane in enumerate(found):
        numbers = [int(one["dynamodb"]["SequenceNumber"]) for one in lane]
        assert all(before < after for before, after in pairwise(numbers))
        for one in lane:
            assert home.setdefault(one["dynamodb"]["Keys"]["k"]["S"], place) == place
    assert lanes(changes, 1) == [changes]
    assert lanes([], 1) == lanes([], 3) == []


# limits


@pytest.mark.parametrize(("retries", "attempts", "is_given_up"), [
    (-1, 10_000, False), (0, 0, False), (0, 1, True), (2, 2, False), (2, 3, True),
])  # fmt: skip
def test_retries_do_not_count_the_first_attempt(retries, attempts, is_given_up):
    assert Limits(retries).condition(attempts) == ("RetryAttemptsExhausted" if is_given_up else "")


def test_only_records_older_than_the_limit_are_too_old():
    records = [change(1, at=0), change(2, at=39), change(3, at=40), change(4, at=100)]
    assert Limits(age_s=60).too_old(records, now=100) == records[:2]
    assert Limits().too_old(records, now=1e9) == []


def test_pauses_double_up_to_a_minute():
    assert [pause_s(tries) for tries in (1, 2, 3, 6, 7, 10_000)] == [1, 2, 4, 32, 60, 60]


# reports: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#sqs-batchfailurereporting-conditions


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"{}", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}', b'{"other": 1}']
)
def test_a_report_of_no_failure_is_success(answer):
    assert failed_items(answer, ["a", "b"]) == set()


@pytest.mark.parametrize("answer", [
    None, b"no json", b'"done"', b"[]", b'{"batchItemFailures": "a"}', b'{"batchItemFailures": ["a"]}',
    b'{"batchItemFailures": [{"itemIdentifier": ""}]}', b'{"batchItemFailures": [{"itemIdentifier": null}]}',
    b'{"batchItemFailures": [{"id": "a"}]}', b'{"batchItemFailures": [{"itemIdentifier": "c"}]}',
    b'{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "c"}]}',
    b'{"batchItemFailures": [{"itemIdentifier": {"a": 1}}]}', b'{"batchItemFailures": [{"itemIdentifier": ["a"]}]}',
])  # fmt: skip
def test_a_wrong_report_is_failure_of_all(answer):
    assert failed_items(answer, ["a", "b"]) == {"a", "b"}


def test_a_report_names_what_failed():
    assert failed_items(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', ["a", "b"]) == {"b"}


def test_what_has_no_identifier_cannot_be_named():
    assert failed_items(b'{"batchItemFailures": [{"itemIdentifier": ""}]}', ["a", ""]) == {"a", ""}


# records


def test_a_message_as_functions_and_filters_see_it():
    given = {
        "MessageId": "m", "ReceiptHandle": "h", "Body": '{"a": 1}', "MD5OfBody": "d", "MD5OfMessageAttributes": "e",
        "Attributes": {"SenderId": "AIDA"},
        "MessageAttributes": {"b": {"DataType": "Binary", "BinaryValue": b"\x01"},
                              "s": {"DataType": "String", "StringValue": "x"}},
    }  # fmt: skip
    record = of_message(given, QUEUE)
    lists: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    assert record == {
        "messageId": "m", "receiptHandle": "h", "body": '{"a": 1}', "md5OfBody": "d", "md5OfMessageAttributes": "e",
        "attributes": {"SenderId": "AIDA"}, "eventSource": "aws:sqs", "eventSourceARN": QUEUE,
        "awsRegion": "eu-west-1",
        "messageAttributes": {"b": {**lists, "dataType": "Binary", "binaryValue": "AQ=="},
                              "s": {**lists, "dataType": "String", "stringValue": "x"}},
    }  # fmt: skip
    assert view_of(record) == {**record, "body": {"a": 1}}
    plain = {**record, "body": "plain"}
    assert view_of(plain) == plain
