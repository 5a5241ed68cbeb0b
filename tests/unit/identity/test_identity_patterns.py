"""Wildcards against a naive model, ARNs, and policy variables."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.identity.patterns import PatternSet, Variable, parse

CHARACTERS = st.sampled_from("aab:/*?")


class Keys(dict[str, Any]):
    """A lookup made of a dictionary."""


def matches(pattern: str, text: str, flavour: Any = "glob", **keys: Any) -> bool:
    return PatternSet([pattern], flavour, variables=bool(keys)).matches(text, Keys(keys))


def naive(pattern: str, text: str) -> bool:
    @cache
    def rest(i: int, j: int) -> bool:
        if i == len(pattern):
            return j == len(text)
        if pattern[i] == "*":
            return rest(i + 1, j) or (j < len(text) and rest(i, j + 1))
        return j < len(text) and pattern[i] in {"?", text[j]} and rest(i + 1, j + 1)

    return rest(0, 0)


@given(st.text(CHARACTERS, max_size=10), st.text("ab:/", max_size=12))
def test_wildcards_match_exactly_what_a_naive_model_matches(pattern: str, text: str) -> None:
    assert matches(pattern, text) == naive(pattern, text)


@given(st.lists(st.text("ab*?", max_size=4), min_size=6, max_size=6), st.lists(st.text("ab", max_size=5), min_size=6))
def test_arn_conditions_match_part_by_part(pattern: list[str], arn: list[str]) -> None:
    expected = all(map(naive, pattern[:5], arn[:5])) and naive(pattern[5], ":".join(arn[5:]))
    if pattern != ["*"]:
        assert matches(":".join(pattern), ":".join(arn), "arn") == expected


def test_many_wildcards_do_not_take_forever() -> None:
    assert not matches("a*" * 60 + "b", "a" * 4000)
    assert not matches("*a?" * 3000 + "b", "a" * 200)


def test_wildcards_match_across_line_breaks() -> None:
    assert matches("a*b", "a\n\nb")


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("*", "*", True),
        ("arn:aws:s3:::photos/*", "arn:aws:s3:::photos/a/b:c", True),
        ("arn:aws:s3:::photos/*", "arn:aws:s3:::photos", False),
        ("arn:aws:s3:::photos/*", "*", False),
        ("arn:aws:s3:::photos", "arn:aws:s3:::Photos", False),
        ("arn:aws:sns:*", "arn:aws:sns:us-east-1:111122223333:alerts", True),
        ("arn:aws:sqs:*:*:q-?", "arn:aws:sqs:us-east-1:111122223333:q-1", True),
        ("arn:aws:sqs:*:*:q-?", "arn:aws:sqs:us-east-1:111122223333:q-12", False),
        # A * that ends a part may run past the colon, one inside a part may not.
        ("arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:111122223333:q", True),
        ("arn:aws:lambda:*:function:f:1", "arn:aws:lambda:us-east-1:111122223333:function:f:1", True),
        ("arn:aws:sqs:us-*-1:111122223333:q", "arn:aws:sqs:us-east-1:111122223333:q", True),
        ("arn:aws:sqs:us-*-1:111122223333:q", "arn:aws:sqs:us-east:x-1:111122223333:q", False),
    ],
)
def test_resources(pattern: str, arn: str, expected: bool) -> None:
    assert matches(pattern, arn, "resource") is expected


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("arn:aws:s3:*:*:*", "arn:aws:s3:::photos", True),
        ("arn:aws:s3:::ph*", "arn:aws:s3:::photos", True),
        ("arn:*:s3:::photos", "arn:aws:s3:::photos", True),
        # Unlike in a Resource, no wildcard crosses a colon.
        ("arn:aws:sns:*:alerts", "arn:aws:sns:us-east-1:111122223333:alerts", False),
        ("arn:aws:iam::*:*:role/x", "arn:aws:iam::1:role/x", False),
        ("arn:aws:sns:*", "arn:aws:sns:us-east-1:111122223333:alerts", False),
        ("arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x", True),
    ],
)
def test_arns_in_conditions(pattern: str, arn: str, expected: bool) -> None:
    assert matches(pattern, arn, "arn") is expected


def test_a_variable_is_replaced_by_its_value_as_literal_text() -> None:
    keys = {"aws:username": "a*b"}
    assert matches("home/${aws:UserName}/*", "home/a*b/x", **keys)
    assert not matches("home/${aws:UserName}/*", "home/aXb/x", **keys)


def test_a_variable_without_value_matches_nothing_not_even_with_a_wildcard_beside_it() -> None:
    assert not matches("home/*${aws:username}*", "home/", other="x")


def test_a_variable_with_several_values_matches_nothing() -> None:
    assert not matches("${k}", "a", k=("a", "b"))


def test_a_variable_falls_back_to_its_default() -> None:
    pattern = "${aws:PrincipalTag/team, 'company-wide'}/x"
    assert matches(pattern, "company-wide/x", other="x")
    assert matches(pattern, "red/x", **{"aws:principaltag/team": "red"})
    assert not matches(pattern, "company-wide/x", **{"aws:principaltag/team": "red"})


@pytest.mark.parametrize(("pattern", "text"), [("a${*}", "a*"), ("a${?}", "a?"), ("${$}x", "$x")])
def test_escaped_characters_are_literal(pattern: str, text: str) -> None:
    assert matches(pattern, text, other="x")
    assert not matches(pattern, text.replace("*", "z").replace("?", "z").replace("$", "z"), other="x")


def test_variables_mean_nothing_where_the_document_does_not_know_them() -> None:
    patterns = PatternSet(["${aws:username}"], "exact", variables=False)
    assert patterns.matches("${aws:username}", Keys({"aws:username": "alice"}))
    assert not patterns.matches("alice", Keys({"aws:username": "alice"}))


def test_tokens_keep_the_name_as_written() -> None:
    assert parse("a/${aws:UserId}", wildcards=True, variables=True) == ("a/", Variable("aws:UserId", None))


def test_an_unclosed_variable_is_plain_text() -> None:
    assert matches("a${b", "a${b", other="x")


def test_the_cache_of_variable_values_does_not_mix_them_up() -> None:
    patterns = PatternSet(["${k}/*"], "glob", variables=True)
    for number in range(600):
        assert patterns.matches(f"{number}/x", Keys({"k": str(number)}))
        assert not patterns.matches("0/x", Keys({"k": f"{number}9"}))
