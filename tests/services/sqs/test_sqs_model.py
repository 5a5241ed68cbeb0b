"""Random sequences of operations, held against queues written in plain Python as one would explain them."""

import itertools
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.services.sqs.sqs_calls import arn_of, counts, receive, redrive_policy

RETENTION, RECEIVES_MAX = 300, 3
names = itertools.count()

OPERATIONS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from("abc"), st.sampled_from([0, 0, 0, 5, 40])),
    st.tuples(st.just("receive"), st.integers(1, 10), st.sampled_from([0, 5, 30])),
    st.tuples(st.just("delete"), st.integers(0, 30)),
    st.tuples(st.just("change"), st.integers(0, 30), st.sampled_from([0, 5, 60])),
    st.tuples(st.just("advance"), st.sampled_from([1, 5, 30, 100])),
)


@dataclass
class Sent:
    body: str
    group: str
    visible_at: float
    expires_at: float
    receives: int = 0
    handle: str = ""


@dataclass
class Model:
    """A queue whose messages die after RECEIVES_MAX receives. `now` is moved by the test."""

    is_fifo: bool
    now: float
    messages: list[Sent] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)

    def age(self):
        self.messages = [m for m in self.messages if m.expires_at > self.now]

    def counts(self):
        self.age()
        hidden = [m for m in self.messages if m.visible_at > self.now]
        in_flight = sum(m.receives > 0 for m in hidden)
        return len(self.messages) - len(hidden), in_flight, len(hidden) - in_flight

    def first(self, group):
        """What can be received of a group in order; of a standard queue all that is visible."""
        if not self.is_fifo:
            return sorted((m for m in self.messages if m.visible_at <= self.now), key=lambda m: m.visible_at)
        members = [m for m in self.messages if m.group == group]
        return list(itertools.takewhile(lambda m: m.visible_at <= self.now, members))

    def free_groups(self):
        """Groups whose first message is visible and of which nothing is in flight; who waited longest is first."""
        if not self.is_fifo:
            return [""]
        free = []
        for group in {m.group for m in self.messages}:
            members = [m for m in self.messages if m.group == group]
            since = max([members[0].visible_at, *(m.visible_at for m in members if m.receives)])
            if since <= self.now:
                free.append((since, self.messages.index(members[0]), group))
        return [group for _, _, group in sorted(free)]

    def receive(self, count, timeout_s):
        self.age()
        taken = []
        for group in self.free_groups():
            while True:
                found = self.first(group)[: count - len(taken)]
                dead = [m for m in found if m.receives >= RECEIVES_MAX]
                if not dead:
                    break
                self.dead += [m.body for m in dead]
                self.messages = [m for m in self.messages if m not in dead]
            taken += found
        for m in taken:
            m.receives += 1
            m.visible_at = self.now + timeout_s
        return taken

    def by_handle(self, handle):
        self.age()
        return next((m for m in self.messages if m.handle == handle), None)


class Pair:
    """The real queue and the model side by side."""

    def __init__(self, sqs, clock, is_fifo):
        suffix = f"{next(names)}.fifo" if is_fifo else str(next(names))
        fifo = {"FifoQueue": "true"} if is_fifo else {}
        dlq = sqs.create_queue(QueueName=f"dlq{suffix}", Attributes=fifo)["QueueUrl"]
        attributes = {
            **fifo, "MessageRetentionPeriod": str(RETENTION),
            "RedrivePolicy": redrive_policy(arn_of(sqs, dlq), RECEIVES_MAX),
        }  # fmt: skip
        self.url = sqs.create_queue(QueueName=f"q{suffix}", Attributes=attributes)["QueueUrl"]
        self.sqs, self.clock, self.dlq = sqs, clock, dlq
        self.model = Model(is_fifo, clock.now())
        self.handles = []
        self.bodies = itertools.count()

    def send(self, group, delay_s):
        model, body = self.model, f"{next(self.bodies)}{group}"
        if model.is_fifo:
            delay_s, more = 0, {"MessageGroupId": group, "MessageDeduplicationId": body}
        else:
            more = {"DelaySeconds": delay_s}
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)
        model.messages.append(Sent(body, group, model.now + delay_s, model.now + RETENTION))

    def receive(self, count, timeout_s):
        found = receive(self.sqs, self.url, count, VisibilityTimeout=timeout_s)
        expected = self.model.receive(count, timeout_s)
        told = [(m["Body"], int(m["Attributes"]["ApproximateReceiveCount"])) for m in found]
        assert told == [(m.body, m.receives) for m in expected]
        for real, m in zip(found, expected, strict=True):
            m.handle = real["ReceiptHandle"]
            self.handles.append(m.handle)

    def _handle(self, at):
        return self.handles[at % len(self.handles)] if self.handles else None

    def delete(self, at):
        handle = self._handle(at)
        if handle is None:
            return
        m = self.model.by_handle(handle)
        is_expired = self.model.is_fifo and m is not None and m.visible_at <= self.model.now
        call = {"QueueUrl": self.url, "ReceiptHandle": handle}
        if is_expired:
            with pytest.raises(ClientError, match="The receipt handle has expired"):
                self.sqs.delete_message(**call)
            return
        self.sqs.delete_message(**call)
        if m is not None:
            self.model.messages.remove(m)

    def change(self, at, timeout_s):
        handle = self._handle(at)
        if handle is None:
            return
        m = self.model.by_handle(handle)
        call = {"QueueUrl": self.url, "ReceiptHandle": handle, "VisibilityTimeout": timeout_s}
        is_over = m is not None and m.visible_at <= self.model.now
        if m is None or (is_over and self.model.is_fifo):
            with pytest.raises(ClientError, match="for parameter ReceiptHandle is invalid"):
                self.sqs.change_message_visibility(**call)
            return
        self.sqs.change_message_visibility(**call)
        if not is_over:
            m.visible_at = self.model.now + timeout_s

    def advance(self, seconds):
        self.clock.advance(seconds)
        self.model.now = self.clock.now()

    def agree(self):
        assert counts(self.sqs, self.url) == self.model.counts()


@pytest.mark.parametrize("is_fifo", [False, True], ids=["standard", "fifo"])
def test_a_queue_does_what_its_model_does(sqs, frozen_clock, is_fifo):
    frozen_clock.freeze(int(frozen_clock.now()))  # whole seconds, so that sums of instants are exact

    @settings(
        max_examples=20, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow],
        phases=[Phase.generate],  # to shrink a failure takes minutes: add Phase.shrink when there is one
    )  # fmt: skip
    @given(st.lists(OPERATIONS, min_size=10, max_size=40))
    def play(operations):
        pair = Pair(sqs, frozen_clock, is_fifo)
        for name, *arguments in operations:
            getattr(pair, name)(*arguments)
            pair.agree()
        assert counts(sqs, pair.dlq)[0] == len(pair.model.dead)

    play()
