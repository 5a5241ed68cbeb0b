"""CloudFormation's properties as operations take them, and what resource types share: names, differences, tags."""

from __future__ import annotations

import asyncio
import json

import pytest

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired
from cloudchamber.protocol.fitting import fitted
from cloudchamber.protocol.provisioning import (
    capitalized,
    changed,
    difference,
    kept,
    name_within,
    picked,
    seen,
    undone,
    unless_gone,
)


def test_members_are_found_whatever_their_case_and_others_are_left_out():
    asked = {"LogGroupName": "g", "RetentionInDays": "7", "Tags": {"a": 1}, "NoSuchMember": 1, "KmsKeyId": None}
    assert fitted("logs:CreateLogGroup", asked) == {"logGroupName": "g", "tags": {"a": "1"}}
    assert fitted("logs:PutRetentionPolicy", asked) == {"logGroupName": "g", "retentionInDays": 7}


def test_types_are_those_of_the_model():
    asked = {
        "FunctionName": 1, "Timeout": "30", "Publish": "true", "Code": {"ZipFile": "text"}, "Layers": "one",
        "Environment": {"Variables": {"A": True, "B": 2, "C": 1.5}},
    }  # fmt: skip
    assert fitted("lambda:CreateFunction", asked) == {
        "FunctionName": "1", "Timeout": 30, "Publish": True, "Code": {"ZipFile": b"text"}, "Layers": ["one"],
        "Environment": {"Variables": {"A": "true", "B": "2", "C": "1.5"}},
    }  # fmt: skip
    assert fitted("cloudwatch:PutMetricAlarm", {"Threshold": "1"}) == {"Threshold": 1.0}


def test_documents_become_text():
    found = fitted("iam:CreatePolicy", {"PolicyName": "p", "PolicyDocument": {"Statement": []}})
    assert json.loads(found["PolicyDocument"]) == {"Statement": []}


def test_what_is_of_no_sense_stays_for_the_operation_to_refuse():
    assert fitted("lambda:CreateFunction", {"Timeout": "soon", "Publish": "maybe"}) == {
        "Timeout": "soon", "Publish": "maybe",
    }  # fmt: skip


def desired(name: str, **properties: object) -> Desired:
    return Desired("AWS::X::Y", "Y", properties, name, {}, "t", "s")


@pytest.mark.parametrize(
    ("name", "length", "expected"),
    [
        ("s-L-ABCDEFGHIJKL", 64, "s-L-ABCDEFGHIJKL"),
        ("stackstack-LogicalLogical-ABCDEFGHIJKL", 34, "stackstack-LogicalLog-ABCDEFGHIJKL"),
        ("a-b-c-Logical-ABCDEFGHIJKL", 24, "a-b-c-Logic-ABCDEFGHIJKL"),
        ("s-LogicalLogicalLogical-ABCDEFGHIJKL", 24, "s-LogicalLo-ABCDEFGHIJKL"),
    ],
)
def test_a_name_keeps_its_random_part_and_shares_the_rest(name: str, length: int, expected: str):
    made = name_within(desired(name), length)
    assert len(made) <= length
    assert made == expected


def test_differences_and_changes():
    assert difference(["a", "b", "b"], ["b", "c"]) == (["a"], ["c"])
    assert difference(None, ["c"]) == ([], ["c"])
    now = desired("n", A=1, B=2)
    assert changed(now, {"A": 1, "B": 3}, "B")
    assert not changed(now, {"A": 1, "B": 3}, "A")
    assert changed(now, {"A": 1})


def test_parts_of_answers():
    assert capitalized({"logGroup": [{"isSet": 1}]}) == {"LogGroup": [{"IsSet": 1}]}
    assert picked({"A": 0, "B": "", "C": (1,), "D": False}, "A", "B", "C", "D", "E") == {"A": 0, "C": [1], "D": False}
    assert kept({"A": None, "B": 1}, "A", "C") == {"A": None}


def failing(code: str):
    async def call():
        raise AwsError("x", code=code)

    return call()


@pytest.mark.parametrize("code", ["NoSuchEntity", "ResourceNotFoundException", "QueueDoesNotExist", "NotFound"])
def test_what_is_gone_is_no_error(code: str):
    assert asyncio.run(unless_gone(failing(code))) is None


def test_other_errors_are_errors():
    with pytest.raises(AwsError):
        asyncio.run(unless_gone(failing("AccessDenied")))
    assert asyncio.run(unless_gone(failing("Odd"), "Odd")) is None
    assert asyncio.run(seen(failing("AccessDenied"))) is None


def test_a_creation_that_fails_is_undone_and_the_first_error_counts():
    done: list[str] = []

    async def undo() -> None:
        done.append("undone")
        raise AwsError("second", code="Second")

    async def run() -> None:
        async with undone(undo):
            raise AwsError("first", code="First")

    with pytest.raises(AwsError) as caught:
        asyncio.run(run())
    assert (caught.value.code, done) == ("First", ["undone"])
