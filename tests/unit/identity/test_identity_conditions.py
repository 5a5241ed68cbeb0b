"""Every condition operator: (operator, policy values, request value) → does it hold."""

import time
from typing import Any

import pytest

from cloudchamber.identity.conditions import Condition, UnknownOperator, parse_date

ABSENT = None

CASES: list[tuple[str, list[str], Any, bool]] = [
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", ["a", "b"], "B", False),
    ("StringEquals", ["a*"], "ab", False),
    ("StringEquals", ["a"], ABSENT, False),
    ("stringequals", ["a"], "a", True),
    ("StringNotEquals", ["a", "b"], "c", True),
    ("StringNotEquals", ["a", "b"], "a", False),
    ("StringNotEquals", ["a"], ABSENT, True),
    ("StringEqualsIgnoreCase", ["Ab"], "aB", True),
    ("StringEqualsIgnoreCase", ["Ab"], "ac", False),
    ("StringNotEqualsIgnoreCase", ["Ab"], "aB", False),
    ("StringNotEqualsIgnoreCase", ["Ab"], "x", True),
    ("StringLike", ["home/*", "?"], "home/x/y", True),
    ("StringLike", ["home/*", "?"], "z", True),
    ("StringLike", ["home/*"], "Home/x", False),
    ("StringLike", ["*"], "", True),
    ("StringLike", ["*"], ABSENT, False),
    ("StringNotLike", ["home/*"], "home/x", False),
    ("StringNotLike", ["home/*"], "etc/x", True),
    ("StringNotLike", ["*"], ABSENT, True),
    ("StringEqualsIfExists", ["a"], ABSENT, True),
    ("StringEqualsIfExists", ["a"], "b", False),
    ("StringNotLikeIfExists", ["a*"], "ab", False),
    ("NumericEquals", ["10"], "10.0", True),
    ("NumericEquals", ["10"], "ten", False),
    ("NumericEquals", ["9007199254740993"], "9007199254740992", False),
    ("NumericNotEquals", ["10"], "11", True),
    ("NumericNotEquals", ["10"], "10", False),
    ("NumericNotEquals", ["10"], ABSENT, True),
    ("NumericLessThan", ["10"], "9", True),
    ("NumericLessThan", ["10"], "10", False),
    ("NumericLessThanEquals", ["10"], "10", True),
    ("NumericLessThanEquals", ["10"], "nan", False),
    ("NumericGreaterThan", ["10"], "10", False),
    ("NumericGreaterThan", ["10"], "10.5", True),
    ("NumericGreaterThanEquals", ["10"], "10", True),
    ("NumericGreaterThanEquals", ["10"], ABSENT, False),
    ("NumericLessThanIfExists", ["10"], ABSENT, True),
    ("DateEquals", ["2023-11-14T22:13:20Z"], "2023-11-14T22:13:20Z", True),
    ("DateEquals", ["1700000000"], "2023-11-14T22:13:20Z", True),
    ("DateEquals", ["2023-11-14T23:13:20+01:00"], "2023-11-14T22:13:20Z", True),
    ("DateNotEquals", ["2023-11-14"], "2023-11-14T22:13:20Z", True),
    ("DateNotEquals", ["2023-11-14"], "2023-11-14T00:00:00Z", False),
    ("DateLessThan", ["2024-01-01"], "2023-11-14T22:13:20Z", True),
    ("DateLessThan", ["2023"], "2023-11-14T22:13:20Z", False),
    ("DateLessThanEquals", ["2023-11-14T22:13:20Z"], "2023-11-14T22:13:20Z", True),
    ("DateGreaterThan", ["2023-11"], "2023-11-14T22:13:20Z", True),
    ("DateGreaterThan", ["2024-01-01"], "2023-11-14T22:13:20Z", False),
    ("DateGreaterThanEquals", ["2023-11-14T22:13:20Z"], "2023-11-14T22:13:20Z", True),
    ("DateGreaterThan", ["not a date"], "2023-11-14T22:13:20Z", False),
    ("Bool", ["true"], "true", True),
    ("Bool", ["True"], "true", True),
    ("Bool", ["true"], "false", False),
    ("Bool", ["false"], ABSENT, False),
    ("BoolIfExists", ["false"], ABSENT, True),
    ("BoolIfExists", ["false"], "true", False),
    ("BinaryEquals", ["QmluYXJ5"], "QmluYXJ5", True),
    ("BinaryEquals", ["QmluYXJ5"], "QmluYXJZ", False),
    ("BinaryEquals", ["QmluYXJ5"], "~", False),
    ("IpAddress", ["203.0.113.0/24"], "203.0.113.9", True),
    ("IpAddress", ["203.0.113.9"], "203.0.113.9", True),
    ("IpAddress", ["203.0.113.0/24"], "203.0.114.9", False),
    ("IpAddress", ["2001:DB8::/32", "203.0.113.0/24"], "2001:db8::1", True),
    ("IpAddress", ["2001:DB8::/32"], "203.0.113.9", False),
    ("IpAddress", ["nonsense"], "203.0.113.9", False),
    ("IpAddress", ["0.0.0.0/0"], "nonsense", False),
    ("IpAddress", ["0.0.0.0/0"], ABSENT, False),
    ("NotIpAddress", ["203.0.113.0/24"], "203.0.113.9", False),
    ("NotIpAddress", ["203.0.113.0/24"], "198.51.100.1", True),
    ("NotIpAddress", ["203.0.113.0/24"], ABSENT, True),
    ("ArnEquals", ["arn:aws:sns:*:1:t"], "arn:aws:sns:us-east-1:1:t", True),
    ("ArnEquals", ["arn:aws:sns:us-east-1:1:t"], "arn:aws:sns:us-east-1:2:t", False),
    ("ArnLike", ["arn:aws:iam::1:role/*"], "arn:aws:iam::1:role/a/b", True),
    ("ArnLike", ["arn:aws:iam::1:role/*"], ABSENT, False),
    ("ArnNotEquals", ["arn:aws:sns:*:1:t"], "arn:aws:sns:us-east-1:1:t", False),
    ("ArnNotLike", ["arn:aws:iam::1:role/*"], "arn:aws:iam::1:user/a", True),
    ("ArnNotLike", ["arn:aws:iam::1:role/*"], ABSENT, True),
    ("ArnLikeIfExists", ["arn:aws:iam::1:role/*"], ABSENT, True),
    ("Null", ["true"], ABSENT, True),
    ("Null", ["true"], (), True),
    ("Null", ["true"], "x", False),
    ("Null", ["false"], "x", True),
    ("Null", ["false"], ABSENT, False),
    # Set operators.
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b", "a"), True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
    ("ForAllValues:StringEquals", ["a", "b"], "c", False),
    ("ForAllValues:StringEquals", ["a"], ABSENT, True),
    ("ForAllValues:StringEquals", ["a"], (), True),
    ("ForAllValues:StringEquals", ["a"], "", True),
    ("ForAllValues:StringLike", ["user-*"], ("user-1", "user-2"), True),
    ("ForAllValues:StringLike", ["user-*"], ("user-1", "admin"), False),
    ("ForAllValues:StringNotEquals", ["a"], ("b", "c"), True),
    ("ForAllValues:StringNotEquals", ["a"], ("b", "a"), False),
    ("ForAllValues:StringNotEquals", ["a"], ABSENT, True),
    ("ForAnyValue:StringEquals", ["a"], ("b", "a"), True),
    ("ForAnyValue:StringEquals", ["a"], ("b", "c"), False),
    ("ForAnyValue:StringEquals", ["a"], "a", True),
    ("ForAnyValue:StringEquals", ["a"], ABSENT, False),
    ("ForAnyValue:StringEqualsIfExists", ["a"], ABSENT, False),
    ("ForAnyValue:StringNotEquals", ["a"], ("a", "b"), True),
    ("ForAnyValue:StringNotEquals", ["a"], ("a", "a"), False),
    ("ForAnyValue:StringNotEquals", ["a"], ABSENT, False),
    ("foranyvalue:stringequalsignorecase", ["A"], ("b", "a"), True),
    ("ForAnyValue:ArnLike", ["arn:aws:s3:::x*"], ("arn:aws:s3:::xy",), True),
    ("ForAllValues:NumericLessThan", ["5"], ("1", "4"), True),
    ("ForAllValues:NumericLessThan", ["5"], ("1", "6"), False),
    # A key that turns out to have several values, without a set operator.
    ("StringEquals", ["a"], ("b", "a"), True),
    ("StringNotEquals", ["a"], ("b", "a"), False),
    ("StringNotEquals", ["a"], ("b", "c"), True),
    ("StringEquals", ["a"], (), False),
]


@pytest.mark.parametrize(("operator", "values", "actual", "expected"), CASES)
def test_operators(operator: str, values: list[str], actual: Any, expected: bool) -> None:
    lookup = {} if actual is ABSENT else {"test:key": actual}
    assert Condition(operator, "Test:Key", values, variables=True).holds(lookup) is expected


@pytest.mark.parametrize(
    "operator", ["StringMatches", "StringEqualsIfExistsIfExists", "ForSomeValues:StringEquals", "NullIfExists", ""]
)
def test_an_unknown_operator_is_refused(operator: str) -> None:
    with pytest.raises(UnknownOperator):
        Condition(operator, "k", ["v"], variables=True)


@pytest.mark.parametrize(
    ("operator", "value", "actual"),
    [
        ("StringEquals", "${aws:username}", "alice"),
        ("StringEqualsIgnoreCase", "${aws:username}", "ALICE"),
        ("StringLike", "home/${aws:username}/*", "home/alice/x"),
        ("ArnLike", "arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/alice"),
    ],
)
def test_variables_are_put_into_strings_and_arns(operator: str, value: str, actual: str) -> None:
    condition = Condition(operator, "k", [value], variables=True)
    assert condition.holds({"k": actual, "aws:username": "alice"})
    assert not condition.holds({"k": actual, "aws:username": "bob"})
    assert not condition.holds({"k": actual})
    assert not Condition(operator, "k", [value], variables=False).holds({"k": actual, "aws:username": "alice"})


def test_a_negated_operator_holds_when_its_variable_has_no_value() -> None:
    assert Condition("StringNotEquals", "k", ["${aws:username}"], variables=True).holds({"k": "alice"})


def test_a_date_without_zone_is_in_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        parsed = parse_date("2023-11-14T22:13:20")
    time.tzset()
    assert parsed == 1_700_000_000
