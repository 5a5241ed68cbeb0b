"""When a delivery that failed is tried again: delivery policies, and the delays between attempts. Pure.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html. AWS adds jitter; here delays are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.sns import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_PLAIN = "text/plain; charset=UTF-8"
_FUNCTIONS = ("arithmetic", "exponential", "geometric", "linear")


class DeliveryPolicyError(ValueError):
    """A delivery policy AWS does not take."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Four phases: at once, at the minimum delay, growing from minimum to maximum, at the maximum. Delays in seconds.

    The names of the fields are AWS's.
    """

    minDelayTarget: int = 20
    maxDelayTarget: int = 20
    numRetries: int = 3
    numMaxDelayRetries: int = 0
    numNoDelayRetries: int = 0
    numMinDelayRetries: int = 0
    backoffFunction: str = "linear"

    def delay_s(self, retry: int) -> float | None:
        """How long after an attempt that failed the next follows. `retry` counts from 0; None when it was the last."""
        if retry >= self.numRetries:
            return None
        if retry < self.numNoDelayRetries:
            return 0.0
        retry -= self.numNoDelayRetries
        if retry < self.numMinDelayRetries:
            return float(self.minDelayTarget)
        retry -= self.numMinDelayRetries
        backoff = self.numRetries - self.numNoDelayRetries - self.numMinDelayRetries - self.numMaxDelayRetries
        if retry < backoff:
            return self._backed_off(retry, backoff)
        return float(self.maxDelayTarget)

    def _backed_off(self, step: int, steps: int) -> float:
        least, most = self.minDelayTarget, self.maxDelayTarget
        if steps == 1 or least == most:
            return float(least)
        share = step / (steps - 1)
        if self.backoffFunction == "geometric":
            return float(least * (most / least) ** share)
        if self.backoffFunction == "arithmetic":
            share = share * (step + 1) / steps
        elif self.backoffFunction == "exponential":
            share = (2.0**step - 1) / (2.0 ** (steps - 1) - 1)
        return float(least + (most - least) * share)


DEFAULT = RetryPolicy()
# Queues and functions: 3 retries at once, 2 after a second, 10 growing from 1 to 20 seconds, 100,000 every 20 seconds.
MANAGED = RetryPolicy(1, 20, 100_015, 100_000, 3, 2, "exponential")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What holds for an HTTP/S subscription."""

    retry: RetryPolicy = DEFAULT
    content_type: str = TEXT_PLAIN
    receives_per_second: float | None = None


@lru_cache(maxsize=256)
def effective(subscription_policy: str, topic_policy: str) -> Delivery:
    """The subscription's policy over the topic's over SNS's own; either may be empty."""
    topic = orjson.loads(topic_policy).get("http") or {} if topic_policy else {}
    own = orjson.loads(subscription_policy) if subscription_policy else {}
    if topic.get("disableSubscriptionOverrides"):
        own = {}
    retry = own.get("healthyRetryPolicy") or topic.get("defaultHealthyRetryPolicy")
    request = own.get("requestPolicy") or topic.get("defaultRequestPolicy") or {}
    throttle = own.get("throttlePolicy") or topic.get("defaultThrottlePolicy") or {}
    return Delivery(
        DEFAULT if not retry else RetryPolicy(**retry),
        request.get("headerContentType") or TEXT_PLAIN,
        throttle.get("maxReceivesPerSecond"),
    )


def shown_for_topic(policy: str) -> str:
    """A topic's EffectiveDeliveryPolicy."""
    found, http = effective("", policy), orjson.loads(policy).get("http") or {} if policy else {}
    shown: dict[str, Any] = {
        "defaultHealthyRetryPolicy": _shown_retry(found.retry),
        "disableSubscriptionOverrides": bool(http.get("disableSubscriptionOverrides")),
    }
    if found.receives_per_second is not None:
        shown["defaultThrottlePolicy"] = {"maxReceivesPerSecond": found.receives_per_second}
    shown["defaultRequestPolicy"] = {"headerContentType": found.content_type}
    return orjson.dumps({"http": shown}).decode()


def shown_for_subscription(policy: str, topic_policy: str) -> str:
    """An HTTP/S subscription's EffectiveDeliveryPolicy."""
    found = effective(policy, topic_policy)
    limit = found.receives_per_second
    shown = {
        "healthyRetryPolicy": _shown_retry(found.retry),
        "sicklyRetryPolicy": None,
        "throttlePolicy": None if limit is None else {"maxReceivesPerSecond": limit},
        "requestPolicy": {"headerContentType": found.content_type},
        "guaranteed": False,
    }
    return orjson.dumps(shown).decode()


def _shown_retry(retry: RetryPolicy) -> dict[str, Any]:
    return {field.name: getattr(retry, field.name) for field in fields(retry)}


def check_for_topic(text: str) -> None:
    """DeliveryPolicyError."""
    policy = _object(text)
    http = policy.get("http", {})
    if set(policy) - {"http"} or not isinstance(http, dict):
        raise DeliveryPolicyError("Unexpected JSON member")
    known = {"defaultHealthyRetryPolicy", "disableSubscriptionOverrides", "defaultThrottlePolicy",
             "defaultRequestPolicy"}  # fmt: skip
    _check_parts({name.removeprefix("default"): part for name, part in http.items() if name in known})
    if set(http) - known:
        raise DeliveryPolicyError(f"Unexpected JSON member: {sorted(set(http) - known)[0]}")


def check_for_subscription(text: str) -> None:
    """DeliveryPolicyError."""
    policy = _object(text)
    known = {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"}
    if set(policy) - known:
        raise DeliveryPolicyError(f"Unexpected JSON member: {sorted(set(policy) - known)[0]}")
    _check_parts({name[:1].upper() + name[1:]: part for name, part in policy.items()})


def _object(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise DeliveryPolicyError("failed to parse JSON.") from None
    if not isinstance(found, dict):
        raise DeliveryPolicyError("failed to parse JSON.")
    return found


def _check_parts(parts: Mapping[str, Any]) -> None:
    retry = parts.get("HealthyRetryPolicy")
    if retry:
        _check_retry(retry)
    throttle = parts.get("ThrottlePolicy")
    if throttle:
        rate = throttle.get("maxReceivesPerSecond") if isinstance(throttle, dict) else None
        if not isinstance(rate, int) or isinstance(rate, bool) or rate < 1:
            raise DeliveryPolicyError("throttlePolicy.maxReceivesPerSecond must be greater than or equal to 1")
    request = parts.get("RequestPolicy")
    if request and (not isinstance(request, dict) or not isinstance(request.get("headerContentType", ""), str)):
        raise DeliveryPolicyError("requestPolicy.headerContentType must be a string")


def _check_retry(raw: Any) -> None:
    names = {field.name for field in fields(RetryPolicy)}
    if not isinstance(raw, dict) or set(raw) - names:
        raise DeliveryPolicyError("healthyRetryPolicy has an unexpected member")
    for name, value in raw.items():
        is_whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not (value in _FUNCTIONS if name == "backoffFunction" else is_whole):
            raise DeliveryPolicyError(f"healthyRetryPolicy.{name} has an invalid value")
    policy = RetryPolicy(**raw)
    if not 1 <= policy.minDelayTarget <= policy.maxDelayTarget <= limits.RETRY_SECONDS_MAX:
        raise DeliveryPolicyError("healthyRetryPolicy.minDelayTarget must be at least 1 and not exceed maxDelayTarget")
    if policy.numRetries > 100:
        raise DeliveryPolicyError("healthyRetryPolicy.numRetries must be less than or equal to 100")
    if policy.numNoDelayRetries + policy.numMinDelayRetries + policy.numMaxDelayRetries > policy.numRetries:
        raise DeliveryPolicyError("healthyRetryPolicy.numRetries must be at least the sum of the retries of its phases")
    if sum(policy.delay_s(retry) or 0.0 for retry in range(policy.numRetries)) > limits.RETRY_SECONDS_MAX:
        raise DeliveryPolicyError("healthyRetryPolicy must not retry for longer than 3600 seconds in total")
