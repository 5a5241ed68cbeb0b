"""Delivery policies by themselves: the delays of each phase and function, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudchamber.services.sns import retries
from cloudchamber.services.sns.retries import DeliveryPolicyError, RetryPolicy


def delays(policy: RetryPolicy) -> list[float | None]:
    return [policy.delay_s(retry) for retry in range(policy.numRetries + 1)]


def test_the_default_tries_three_times_more_every_twenty_seconds():
    assert delays(retries.DEFAULT) == [20, 20, 20, None]


def test_the_four_phases_follow_one_another():
    policy = RetryPolicy(
        1, 60, 9, numNoDelayRetries=2, numMinDelayRetries=1, numMaxDelayRetries=2, backoffFunction="linear"
    )
    *found, last = delays(policy)
    assert found == [pytest.approx(delay, abs=0.01) for delay in (0, 0, 1, 1, 20.667, 40.333, 60, 60, 60)]
    assert last is None


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("linear", [10, 20, 30, 40]),
        ("arithmetic", [10, 15, 25, 40]),
        ("exponential", [10, 14.286, 22.857, 40]),
        ("geometric", [10, 15.874, 25.198, 40]),
    ],
)
def test_each_function_grows_from_the_minimum_to_the_maximum(function: str, expected: list[float]):
    policy = RetryPolicy(10, 40, 4, backoffFunction=function)
    assert delays(policy)[:-1] == [pytest.approx(delay, abs=0.01) for delay in expected]


def test_queues_and_functions_are_tried_for_twenty_three_days():
    first = [retries.MANAGED.delay_s(retry) for retry in range(15)]
    assert first[:6] == [0, 0, 0, 1, 1, 1]
    assert first[14] == 20
    total = sum(retries.MANAGED.delay_s(retry) or 0 for retry in range(100_015))
    assert 23 * 86_400 < total < 24 * 86_400
    assert retries.MANAGED.delay_s(100_015) is None


def test_a_subscriptions_policy_goes_before_the_topics_unless_that_forbids_it():
    own = json.dumps({"healthyRetryPolicy": {"numRetries": 1}, "requestPolicy": {"headerContentType": "a/b"}})
    topic: dict[str, Any] = {"defaultHealthyRetryPolicy": {"numRetries": 7}}
    assert retries.effective("", json.dumps({"http": topic})).retry.numRetries == 7
    found = retries.effective(own, json.dumps({"http": topic}))
    assert (found.retry.numRetries, found.content_type) == (1, "a/b")
    topic["disableSubscriptionOverrides"] = True
    found = retries.effective(own, json.dumps({"http": topic}))
    assert (found.retry.numRetries, found.content_type) == (7, retries.TEXT_PLAIN)


@pytest.mark.parametrize(
    "retry",
    [
        {"minDelayTarget": 0},
        {"minDelayTarget": 30, "maxDelayTarget": 20},
        {"maxDelayTarget": 3601},
        {"numRetries": 101},
        {"numRetries": -1},
        {"numRetries": True},
        {"numRetries": 2, "numNoDelayRetries": 3},
        {"backoffFunction": "quadratic"},
        {"unknown": 1},
        {"minDelayTarget": 100, "maxDelayTarget": 100, "numRetries": 37},  # longer than an hour in all
    ],
)
def test_what_is_refused(retry: dict[str, Any]):
    with pytest.raises(DeliveryPolicyError):
        retries.check_for_subscription(json.dumps({"healthyRetryPolicy": retry}))
    with pytest.raises(DeliveryPolicyError):
        retries.check_for_topic(json.dumps({"http": {"defaultHealthyRetryPolicy": retry}}))


@pytest.mark.parametrize("text", ["", "[]", '{"unknown": {}}', '{"throttlePolicy": {"maxReceivesPerSecond": 0}}'])
def test_other_faults_are_refused(text: str):
    with pytest.raises(DeliveryPolicyError):
        retries.check_for_subscription(text)
