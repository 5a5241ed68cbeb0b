"""Each event is run once: a runtime that asks for the next one has none left to do."""

from __future__ import annotations

from tests.services.lambda_.lambda_calls import invoked


def test_a_hundred_events_are_run_a_hundred_times(client, function):
    function("count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count\n")
    assert [invoked(client, "f")["Payload"] for _ in range(100)] == list(range(1, 101))
