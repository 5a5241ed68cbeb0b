"""What services measure on its way to CloudWatch: facts that repeat are counted, and lose nothing by it."""

from __future__ import annotations

import pytest

from cloudchamber.core import metrics
from cloudchamber.core.metrics import Measured, Metrics

OWNER = ("000000000000", "us-east-1", "AWS/Test")
NAME = (("Name", "a"),)


class Time:
    now = 600.0


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def measured(time):
    return Metrics(lambda: time.now)


def fact(value=1.0, name="Count", dimensions=NAME, also=()):
    return Measured(*OWNER, dimensions, ((name, value, "Count"),), also)


def samples(taken, name="Count", dimensions=NAME, minute=600):
    found = taken[(*OWNER, name, dimensions), minute]
    return found.count, found.total, found.low, found.high, found.values


def test_what_is_told_again_counts_again(measured):
    for value in (2.0, 5.0, 2.0, 1.0, 2.0):
        measured.add(fact(value))
    assert samples(measured.take()) == (5.0, 12.0, 1.0, 5.0, {2.0: 3.0, 5.0: 1.0, 1.0: 1.0})
    assert not measured.take()


def test_each_minute_has_its_own_samples(measured, time):
    measured.add(fact())
    time.now = 659.9
    measured.add(fact())
    time.now = 660.0
    measured.add(fact())
    taken = measured.take()
    assert samples(taken, minute=600)[0] == 2.0
    assert samples(taken, minute=660)[0] == 1.0


def test_a_fact_counts_under_each_of_its_dimensions(measured):
    further = (("Name", "a"), ("Stage", "s"))
    measured.add(fact(3.0, also=(further,)))
    taken = measured.take()
    assert samples(taken) == samples(taken, dimensions=further) == (1.0, 3.0, 3.0, 3.0, {3.0: 1.0})


def test_many_different_facts_are_bounded_and_add_up(measured, monkeypatch):
    monkeypatch.setattr(metrics, "TOLD_MAX", 4)
    monkeypatch.setattr(metrics, "VALUES_MAX", 6)
    for value in range(10):
        measured.add(fact(float(value)))
        measured.add(fact(0.0))
    count, total, low, high, values = samples(measured.take())
    assert (count, total, low, high) == (20.0, 45.0, 0.0, 9.0)
    assert values == {0.0: 11.0, **{float(value): 1.0 for value in range(1, 6)}}  # the first ones, for percentiles


def test_who_waits_for_a_metric_is_told_at_once(measured):
    heard = []
    measured.on_watched = heard.append
    measured.watched.add((*OWNER, "Count", NAME))
    measured.add(fact())
    measured.add(fact(name="Other"))
    measured.add(fact())
    assert heard == [(*OWNER, "Count", NAME)] * 2


def test_samplers_are_asked_before_all_is_taken(measured):
    measured.sampled_by("AWS/Test", lambda: [fact(7.0)])
    assert samples(measured.take())[1] == 7.0


def test_what_was_measured_is_forgotten(measured):
    measured.add(fact())
    assert measured
    measured.forget()
    assert not measured
    assert not measured.take()
