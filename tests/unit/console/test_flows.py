"""What was seen to call what: each call counted once, however it is looked at, and no more kept than the bounds say."""

from __future__ import annotations

from cloudchamber.console import flows, privilege
from cloudchamber.console.flows import Flows
from cloudchamber.core.spans import Span
from cloudchamber.core.trace import Traces

ROLE = "arn:aws:sts::000000000000:assumed-role/r/f"


class Ruled:
    """A ruling of IAM, as far as it is looked at here."""

    def __init__(self, action, resource, allowed=True):
        self.decision, self.allowed, self.kind, self.policy_type = self, allowed, "allow", "identity"
        self.policy_name, self.statement_index, self.sid, self.action, self.resource = "p", 0, "", action, resource
        self.before = None

    def kept(self):
        return self


def record(traces, resource, count=1, allowed=True):
    for _ in range(count):
        span = Span("r", "t", "s", None, "s3", "GetObject", ROLE, "000000000000", "us-east-1", resource=resource)
        span.decision = Ruled("s3:GetObject", resource, allowed)
        traces.record(span)


def counted(seen):
    return sum(one.calls for _, one in seen.calls())


def test_a_call_is_counted_once_whether_it_is_looked_at_early_or_late():
    traces = Traces(spans_max=100)
    seen = Flows(traces)
    record(traces, "arn:aws:s3:::b/k", 40)
    assert counted(seen) == 40
    assert counted(seen) == 40
    record(traces, "arn:aws:s3:::b/k", 5000)  # most of them are packed away before anybody looks
    assert counted(seen) == 5040
    record(traces, "arn:aws:s3:::b/k", 130)
    assert counted(seen) == 5170


def test_many_resources_of_one_parent_become_one(monkeypatch):
    monkeypatch.setattr(flows, "CHILDREN_MAX", 10)
    traces = Traces()
    seen = Flows(traces)
    for number in range(100):
        record(traces, f"arn:aws:s3:::b/{number}")
    record(traces, "arn:aws:s3:::b/3", 5)
    found = {flow.resource: one.calls for flow, one in seen.calls()}
    assert len(found) == 11
    assert found["arn:aws:s3:::b/*"] == 90
    assert found["arn:aws:s3:::b/3"] == 6


def test_the_longest_unseen_go_first(monkeypatch):
    monkeypatch.setattr(flows, "KINDS_MAX", 3)
    traces = Traces()
    seen = Flows(traces)
    for name in ("a", "b", "c", "a", "d"):
        record(traces, f"arn:aws:s3:::{name}")
        seen.calls()
    assert [flow.resource[-1] for flow, _ in seen.calls()] == ["c", "a", "d"]


def test_a_policy_names_the_parent_of_very_many_resources():
    traces = Traces()
    for number in range(30):
        record(traces, f"arn:aws:s3:::b/{number}")
    record(traces, "arn:aws:s3:::other/1")
    told = privilege.suggestion(Flows(traces), ROLE)
    [statement] = told["policy"]["Statement"]
    assert statement["Resource"] == ["arn:aws:s3:::b/*", "arn:aws:s3:::other/1"]
