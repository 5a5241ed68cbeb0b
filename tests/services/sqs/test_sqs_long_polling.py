"""Long polling. The clock stands still, so a poll that ends without time being advanced was ended by the event.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

import socket
import struct
from http.client import HTTPConnection

import pytest

from cloudchamber.identity.principals import root
from tests.services.sqs.sqs_calls import (
    NO_QUEUE,
    LongPoll,
    arn_of,
    bodies,
    counts,
    receive,
    redrive_policy,
    refused,
    signed_form,
    swept,
    unswept,
    waiting,
)


@pytest.fixture
def poll(cloud, sqs, frozen_clock):
    """`poll(url)` starts a long poll that waits beside the test."""
    return lambda url, **options: LongPoll(cloud, sqs, url, **options)


def test_a_poll_of_an_empty_queue_ends_with_its_wait_time(create, poll, frozen_clock, cloud, account):
    began = frozen_clock.now()
    poller = poll(create("q"), WaitTimeSeconds=7)
    frozen_clock.advance(6.999)
    assert poller.is_waiting
    frozen_clock.advance(0.001)
    assert poller.messages() == []
    assert cloud.spans(service="sqs", operation="ReceiveMessage", account=account)[0].started_at == began


def test_a_poll_does_not_wait_where_there_is_something(sqs, create, frozen_clock):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url, WaitTimeSeconds=20) == ["x"]


def test_a_short_poll_of_an_empty_queue_ends_at_once(sqs, create, frozen_clock):
    assert bodies(sqs, create("q", ReceiveMessageWaitTimeSeconds=20), WaitTimeSeconds=0) == []


def test_the_queue_says_how_long_a_poll_waits_that_does_not(create, poll, frozen_clock, sqs, cloud):
    url = create("q", ReceiveMessageWaitTimeSeconds=5)
    poller = LongPoll.__new__(LongPoll)
    LongPoll.__init__(poller, cloud, _WithoutWait(sqs), url)
    frozen_clock.advance(4.9)
    assert poller.is_waiting
    frozen_clock.advance(0.1)
    assert poller.messages() == []


class _WithoutWait:
    def __init__(self, sqs):
        self._sqs = sqs

    def receive_message(self, **options):
        del options["WaitTimeSeconds"]
        return self._sqs.receive_message(**options)


def test_a_poll_ends_when_a_message_is_sent(sqs, create, poll):
    url = create("q")
    poller = poll(url)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert poller.bodies() == ["x"]


def test_a_poll_ends_when_a_batch_is_sent(sqs, create, poll):
    url = create("q")
    poller = poll(url, MaxNumberOfMessages=10)
    entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(3)]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert poller.bodies() == ["0", "1", "2"]


def test_a_poll_ends_when_a_delayed_message_becomes_visible(sqs, create, poll, frozen_clock):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="before", DelaySeconds=9)
    poller = poll(url)
    sqs.send_message(QueueUrl=url, MessageBody="while", DelaySeconds=5)
    frozen_clock.advance(4.9)
    assert poller.is_waiting
    frozen_clock.advance(0.1)
    assert poller.bodies() == ["while"]
    poller = poll(url)
    frozen_clock.advance(4)
    assert poller.bodies() == ["before"]


def test_a_poll_ends_when_a_visibility_timeout_ends(sqs, create, poll, frozen_clock):
    url = create("q", VisibilityTimeout=8)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    receive(sqs, url)
    poller = poll(url)
    frozen_clock.advance(7.9)
    assert poller.is_waiting
    frozen_clock.advance(0.1)
    assert poller.bodies() == ["x"]


def test_a_poll_ends_when_a_message_is_given_back(sqs, create, poll):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = receive(sqs, url)[0]["ReceiptHandle"]
    poller = poll(url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert poller.bodies() == ["x"]


def test_a_poll_follows_a_visibility_timeout_that_is_changed(sqs, create, poll, frozen_clock):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = receive(sqs, url)[0]["ReceiptHandle"]
    poller = poll(url)
    for timeout_s in (10, 5):
        entry = {"Id": "1", "ReceiptHandle": handle, "VisibilityTimeout": timeout_s}
        sqs.change_message_visibility_batch(QueueUrl=url, Entries=[entry])
    frozen_clock.advance(5)
    assert poller.bodies() == ["x"]


def test_a_poll_goes_on_when_a_visibility_timeout_is_extended(sqs, create, poll, frozen_clock):
    url = create("q", VisibilityTimeout=5)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = receive(sqs, url)[0]["ReceiptHandle"]
    poller = poll(url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=10)
    frozen_clock.advance(5)
    assert poller.is_waiting
    frozen_clock.advance(5)
    assert poller.bodies() == ["x"]


def test_a_poll_ends_when_the_queue_is_deleted(sqs, create, poll):
    url = create("q")
    poller = poll(url)
    sqs.delete_queue(QueueUrl=url)
    with refused(NO_QUEUE, "The specified queue does not exist.", query_error="QueueDoesNotExist"):
        poller.messages()


def test_a_poll_goes_on_over_a_purge(sqs, create, poll):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="hidden", DelaySeconds=15)
    poller = poll(url)
    sqs.purge_queue(QueueUrl=url)
    assert poller.is_waiting
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert poller.bodies() == ["x"]


def test_a_poll_of_a_dead_letter_queue_ends_when_a_message_dies(sqs, create, poll):
    dlq = create("dlq")
    url = create("q", VisibilityTimeout=0, RedrivePolicy=redrive_policy(arn_of(sqs, dlq), 1))
    sqs.send_message(QueueUrl=url, MessageBody="x")
    receive(sqs, url)
    poller = poll(dlq)
    assert receive(sqs, url) == []
    assert poller.bodies() == ["x"]


def test_a_poll_ends_when_a_message_is_moved_back(sqs, create, poll):
    dlq = create("dlq")
    url = create("q", VisibilityTimeout=0, RedrivePolicy=redrive_policy(arn_of(sqs, dlq), 1))
    sqs.send_message(QueueUrl=url, MessageBody="x")
    receive(sqs, url)
    receive(sqs, url)
    poller = poll(url)
    sqs.start_message_move_task(SourceArn=arn_of(sqs, dlq))
    assert poller.bodies() == ["x"]


# Several who wait


def test_each_message_goes_to_one_poll(sqs, create, poll, frozen_clock):
    url = create("q")
    poller = [poll(url) for _ in range(3)]
    sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.send_message(QueueUrl=url, MessageBody="b")
    frozen_clock.advance(20)
    assert sorted(body for one in poller for body in one.bodies()) == ["a", "b"]
    assert counts(sqs, url) == (0, 2, 0)


def test_a_poll_that_waits_longer_gets_what_becomes_visible_after_another_has_ended(sqs, create, poll, frozen_clock):
    # All who wait have to learn of the new instant, not only the one who waited first.
    url = create("q")
    short, long = poll(url, WaitTimeSeconds=3), poll(url, WaitTimeSeconds=20)
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=6)
    frozen_clock.advance(3)
    assert short.messages() == []
    frozen_clock.advance(3)
    assert long.bodies() == ["x"]


def test_polls_that_were_woken_in_vain_are_woken_again(sqs, create, poll, frozen_clock):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="hidden")
    handle = receive(sqs, url, VisibilityTimeout=600)[0]["ReceiptHandle"]
    poller = [poll(url) for _ in range(3)]
    # Sooner, but not yet: all look, and all go back to poller.
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=500)
    for body in ("a", "b", "c"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert sorted(body for one in poller for body in one.bodies()) == ["a", "b", "c"]


def test_a_poll_whose_client_left_takes_nothing(sqs, create, cloud, account, frozen_clock):
    url = create("q")
    form = {"Action": "ReceiveMessage", "WaitTimeSeconds": "20", "QueueUrl": url}
    headers, body = signed_form(cloud.endpoint, account, form)
    leaver = HTTPConnection("localhost", cloud.port)
    leaver.request("POST", "/", body, headers)
    assert _until(lambda: waiting(cloud) == 1)
    leaver.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # break off, not half-close
    leaver.close()
    assert _until(lambda: waiting(cloud) == 0)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url) == ["x"]


def _until(holds):
    return any(holds() for _ in range(20_000))


def test_a_wake_that_meets_a_cancelled_poll_is_passed_on(sqs, create, cloud, clock, account):
    # Both in one turn of the loop: the poll is woken for a message, and its client is gone before it has looked.
    url = create("q")

    async def both(c):
        service = c.registry.get("sqs").service
        queue = service.store.queues.get(account, "us-east-1", "q")
        ended = []

        async def wait(name):
            await service.wait(queue, 20)
            ended.append(name)

        tasks = [c.clock.spawn(wait(name), name) for name in ("first", "second")]
        while sum(map(len, service._waiting.values())) < 2:
            await c.clock.breathe()
        service.wake(queue, 1)
        tasks[0].cancel()
        for _ in range(5):
            await c.clock.breathe()
        return ended, tasks[1].done()

    assert url
    assert cloud.run(both) == (["second"], True)


# FIFO


@pytest.fixture
def fifo(sqs, create):
    url = create("q.fifo", ContentBasedDeduplication="true")

    def send(body, group="g"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)

    return url, send


def test_a_poll_of_a_fifo_queue_ends_when_a_message_is_sent(poll, fifo):
    url, send = fifo
    poller = poll(url)
    send("x")
    assert poller.bodies() == ["x"]


def test_a_poll_goes_on_while_the_group_is_blocked_and_ends_when_it_is_free(sqs, poll, fifo):
    url, send = fifo
    send("1")
    handle = receive(sqs, url)[0]["ReceiptHandle"]
    poller = poll(url)
    send("2")
    assert counts(sqs, url) == (1, 1, 0)
    assert poller.is_waiting
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert poller.bodies() == ["2"]


def test_a_poll_ends_when_the_visibility_timeout_of_a_group_ends(sqs, poll, fifo, frozen_clock):
    url, send = fifo
    send("1")
    receive(sqs, url, VisibilityTimeout=10)
    poller = poll(url, MaxNumberOfMessages=10)
    send("2")
    frozen_clock.advance(10)
    assert poller.bodies() == ["1", "2"]


def test_a_poll_ends_when_the_delay_of_a_fifo_queue_is_taken_away(sqs, poll, fifo, frozen_clock):
    url, send = fifo
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "600"})
    send("x")
    poller = poll(url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    assert poller.bodies() == ["x"]


def test_polls_of_several_consumers_take_a_group_each(sqs, poll, fifo, frozen_clock):
    url, send = fifo
    poller = [poll(url) for _ in range(2)]
    send("a", "a")
    send("b", "b")
    assert sorted(body for one in poller for body in one.bodies()) == ["a", "b"]


def test_a_poll_ends_when_what_held_its_group_up_has_expired_and_is_swept_away(cloud, sqs, create, poll, frozen_clock):
    url = create("q.fifo", ContentBasedDeduplication="true", MessageRetentionPeriod="60")
    sqs.send_message(QueueUrl=url, MessageBody="1", MessageGroupId="g")
    receive(sqs, url, VisibilityTimeout=1000)
    frozen_clock.advance(30)
    sqs.send_message(QueueUrl=url, MessageBody="2", MessageGroupId="g")
    unswept(cloud)
    frozen_clock.advance(29)
    poller = poll(url)
    frozen_clock.advance(1)
    assert poller.is_waiting
    swept(cloud)
    assert poller.bodies() == ["2"]


# Who waits without an end


def test_what_has_expired_is_nothing_to_wake_up_for(cloud, sqs, create, frozen_clock, account):
    """It was hidden when it expired. Who receives and waits by turns would turn for ever, and nobody else be heard."""
    url = create("q", MessageRetentionPeriod="60", VisibilityTimeout="60")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    unswept(cloud)
    frozen_clock.advance(30)
    assert len(receive(sqs, url)) == 1
    frozen_clock.advance(60)

    def is_there(c):
        service = c.registry.get("sqs").service
        queue = service.store.queues.get(account, "us-east-1", "q")
        return service.store.peek(queue.number, c.clock.now(), False)

    assert not cloud.look(is_there)


def test_who_is_woken_first_and_may_not_receive_leaves_the_message_to_the_next(cloud, sqs, create, poll, account):
    url = create("q")

    async def wait(c):
        work = c.dispatcher.enter(root(account), account, "us-east-1", "sqs:wait_for_messages", {"QueueUrl": url})
        c.clock.spawn(work)
        await c.clock.settle()

    cloud.run(wait)
    poller = poll(url)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert poller.bodies() == ["x"]
