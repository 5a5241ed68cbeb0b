"""StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask."""

import base64

import pytest

from tests.services.sqs.sqs_calls import arn_of, bodies, counts, invalid, receive, redrive_policy, refused

NOT_FOUND = "ResourceNotFoundException"


@pytest.fixture
def dead(sqs, create, frozen_clock):
    """`dead(5)`: a source and its dead-letter queue with that many dead messages in it; their URLs."""

    def make(count, fifo=False):
        suffix = ".fifo" if fifo else ""
        dlq = create("dlq" + suffix)
        url = create("q" + suffix, VisibilityTimeout=0, RedrivePolicy=redrive_policy(arn_of(sqs, dlq), 1))
        for n in range(count):
            more = {"MessageGroupId": f"g{n % 2}", "MessageDeduplicationId": str(n)} if fifo else {}
            sqs.send_message(QueueUrl=url, MessageBody=str(n), **more)
        while receive(sqs, url):
            pass
        assert counts(sqs, dlq) == (count, 0, 0)
        return url, dlq

    return make


def start(sqs, dlq, **options):
    return sqs.start_message_move_task(SourceArn=arn_of(sqs, dlq), **options)["TaskHandle"]


def tasks(sqs, dlq, count=10):
    return sqs.list_message_move_tasks(SourceArn=arn_of(sqs, dlq), MaxResults=count)["Results"]


def progress(sqs, dlq):
    task = tasks(sqs, dlq, 1)[0]
    return task["Status"], task["ApproximateNumberOfMessagesMoved"]


# StartMessageMoveTask: wrong input, wrong state


def test_a_task_needs_a_source_that_exists(sqs, account):
    with refused("MissingParameter", "The request must contain the parameter SourceArn."):
        sqs.start_message_move_task(SourceArn="")
    message = "The resource that you specified for the SourceArn parameter doesn't exist."
    for arn in (f"arn:aws:sqs:us-east-1:{account}:nowhere", "nonsense"):
        with refused(NOT_FOUND, message, query_error=NOT_FOUND, status=404):
            sqs.start_message_move_task(SourceArn=arn)


def test_the_source_is_some_queues_dead_letter_queue(sqs, create):
    with refused("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue."):
        start(sqs, create("q"))


def test_the_destination_exists_is_another_queue_and_of_the_same_type(sqs, create, dead, account):
    _, dlq = dead(1)
    message = "The resource that you specified for the DestinationArn parameter doesn't exist."
    with refused(NOT_FOUND, message, status=404):
        start(sqs, dlq, DestinationArn=f"arn:aws:sqs:us-east-1:{account}:nowhere")
    with refused("InvalidParameterValue", "Source queue arn and destination queue arn cannot be the same."):
        start(sqs, dlq, DestinationArn=arn_of(sqs, dlq))
    with refused("InvalidParameterValue", "Source and destination queues must be of the same type."):
        start(sqs, dlq, DestinationArn=arn_of(sqs, create("x.fifo")))


def test_a_task_moves_1_to_500_messages_a_second(sqs, dead):
    _, dlq = dead(1)
    for speed in (0, 501):
        with refused(*invalid(speed, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500.")):
            start(sqs, dlq, MaxNumberOfMessagesPerSecond=speed)


def test_a_queue_has_one_task_at_a_time(sqs, dead, frozen_clock):
    _, dlq = dead(2)
    start(sqs, dlq, MaxNumberOfMessagesPerSecond=1)
    message = "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
    with refused("InvalidParameterValue", message):
        start(sqs, dlq)
    frozen_clock.advance(1)
    start(sqs, dlq)


# StartMessageMoveTask: behaviour


def test_messages_go_back_to_where_they_came_from(sqs, create, dead, clock):
    url, dlq = dead(3)
    second = create("second", VisibilityTimeout=0, RedrivePolicy=redrive_policy(arn_of(sqs, dlq), 1))
    sqs.send_message(QueueUrl=second, MessageBody="other")
    receive(sqs, second)
    receive(sqs, second)
    start(sqs, dlq)
    clock.settle()
    assert bodies(sqs, url) == ["0", "1", "2"]
    assert bodies(sqs, second) == ["other"]
    assert counts(sqs, dlq) == (0, 0, 0)


def test_messages_go_to_another_queue_where_one_is_named(sqs, create, dead, clock):
    url, dlq = dead(2)
    other = create("other")
    start(sqs, dlq, DestinationArn=arn_of(sqs, other))
    clock.settle()
    assert bodies(sqs, other) == ["0", "1"]
    assert counts(sqs, url) == (0, 0, 0)


def test_a_moved_message_is_a_new_message(sqs, dead, frozen_clock):
    # "All redriven messages are considered new messages with a new messageID and enqueueTime."
    url, dlq = dead(1)
    [old] = receive(sqs, dlq, VisibilityTimeout=0)
    frozen_clock.advance(100)
    start(sqs, dlq)
    frozen_clock.settle()
    [new] = receive(sqs, url)
    assert new["MessageId"] != old["MessageId"]
    assert new["Attributes"]["SentTimestamp"] == str(int(frozen_clock.now() * 1000))
    assert new["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in new["Attributes"]
    assert new["Attributes"]["SenderId"] == old["Attributes"]["SenderId"]


def test_a_task_keeps_to_its_speed(sqs, dead, frozen_clock):
    url, dlq = dead(7)
    start(sqs, dlq, MaxNumberOfMessagesPerSecond=3)
    frozen_clock.settle()
    assert progress(sqs, dlq) == ("RUNNING", 3)
    frozen_clock.advance(0.9)
    assert counts(sqs, url)[0] == 3
    frozen_clock.advance(0.1)
    assert progress(sqs, dlq) == ("RUNNING", 6)
    frozen_clock.advance(1)
    assert progress(sqs, dlq) == ("COMPLETED", 7)
    assert (counts(sqs, url)[0], counts(sqs, dlq)[0]) == (7, 0)


def test_messages_that_came_after_the_start_are_left(sqs, dead, frozen_clock):
    _, dlq = dead(2)
    start(sqs, dlq, MaxNumberOfMessagesPerSecond=1)
    frozen_clock.settle()
    sqs.send_message(QueueUrl=dlq, MessageBody="late")
    frozen_clock.advance(5)
    assert progress(sqs, dlq) == ("COMPLETED", 2)
    assert bodies(sqs, dlq) == ["late"]


def test_an_empty_queue_is_moved_at_once(sqs, dead, clock):
    _, dlq = dead(0)
    start(sqs, dlq)
    clock.settle()
    assert progress(sqs, dlq) == ("COMPLETED", 0)


def test_messages_in_flight_are_not_moved(sqs, dead, frozen_clock):
    _, dlq = dead(2)
    receive(sqs, dlq, 1)
    start(sqs, dlq)
    frozen_clock.settle()
    assert progress(sqs, dlq) == ("COMPLETED", 1)
    assert counts(sqs, dlq) == (0, 1, 0)


def test_a_message_that_was_sent_to_the_dead_letter_queue_has_nowhere_to_go_back_to(sqs, create, dead, frozen_clock):
    url, dlq = dead(1)
    sqs.send_message(QueueUrl=dlq, MessageBody="direct")
    start(sqs, dlq)
    frozen_clock.settle()
    task = tasks(sqs, dlq)[0]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert task["ApproximateNumberOfMessagesMoved"] == 1  # what was moved before stays moved
    assert (bodies(sqs, url), bodies(sqs, dlq, VisibilityTimeout=0)) == (["0"], ["direct"])
    start(sqs, dlq, DestinationArn=arn_of(sqs, create("other")))
    frozen_clock.settle()
    assert bodies(sqs, "other") == ["direct"]


def test_a_task_fails_where_a_queue_goes_missing(sqs, dead, frozen_clock):
    url, dlq = dead(2)
    start(sqs, dlq, MaxNumberOfMessagesPerSecond=1)
    frozen_clock.settle()
    sqs.delete_queue(QueueUrl=url)
    sqs.create_queue(
        QueueName="again", Attributes={"RedrivePolicy": redrive_policy(arn_of(sqs, dlq), 1)}
    )  # fmt: skip
    frozen_clock.advance(1)
    task = tasks(sqs, dlq)[0]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert counts(sqs, dlq) == (1, 0, 0)


def test_a_fifo_queue_is_moved_in_the_order_of_its_groups(sqs, dead, frozen_clock):
    url, dlq = dead(6, fifo=True)
    # Give one group back in part: by the time of its return it would come after what it has to come before.
    [first] = receive(sqs, dlq, 1)
    sqs.change_message_visibility(QueueUrl=dlq, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    start(sqs, dlq, MaxNumberOfMessagesPerSecond=4)
    frozen_clock.advance(2)
    found = bodies(sqs, url)
    assert [n for n in found if int(n) % 2 == 0] == ["0", "2", "4"]
    assert [n for n in found if int(n) % 2] == ["1", "3", "5"]
    assert receive(sqs, dlq) == []


def test_a_task_goes_on_after_a_restart(sqs, dead, frozen_clock, cloud):
    _, dlq = dead(3)
    start(sqs, dlq, MaxNumberOfMessagesPerSecond=1)
    frozen_clock.settle()

    async def restart(c):
        for timer in c.clock.pending():
            if timer.name == "sqs message move task":
                timer.cancel()
        await c.registry.get("sqs").service.resume()

    cloud.run(restart)
    frozen_clock.advance(2)
    assert progress(sqs, dlq) == ("COMPLETED", 3)


# ListMessageMoveTasks


def test_tasks_are_listed_of_a_queue_that_exists_ten_at_most(sqs, dead, account):
    with refused(NOT_FOUND, "The resource that you specified for the SourceArn parameter doesn't exist.", status=404):
        sqs.list_message_move_tasks(SourceArn=f"arn:aws:sqs:us-east-1:{account}:nowhere")
    _, dlq = dead(0)
    assert tasks(sqs, dlq) == []
    for count in (-1, 11):
        with refused(*invalid(count, "MaxResults", "Must be between 1 and 10.")):
            tasks(sqs, dlq, count)


def test_the_newest_task_is_listed_first(sqs, dead, frozen_clock):
    _, dlq = dead(0)
    started = []
    for _ in range(12):
        frozen_clock.advance(60)
        start(sqs, dlq)
        frozen_clock.settle()
        started.append(int(frozen_clock.now() * 1000))
    assert [task["StartedTimestamp"] for task in tasks(sqs, dlq)] == started[:1:-1]
    assert len(sqs.list_message_move_tasks(SourceArn=arn_of(sqs, dlq))["Results"]) == 1  # the default


def test_a_task_shows_its_progress(sqs, create, dead, frozen_clock):
    _, dlq = dead(4)
    other = arn_of(sqs, create("other"))
    handle = start(sqs, dlq, DestinationArn=other, MaxNumberOfMessagesPerSecond=3)
    frozen_clock.settle()
    shown = {
        "Status": "RUNNING",
        "TaskHandle": handle,
        "SourceArn": arn_of(sqs, dlq),
        "DestinationArn": other,
        "MaxNumberOfMessagesPerSecond": 3,
        "ApproximateNumberOfMessagesMoved": 3,
        "ApproximateNumberOfMessagesToMove": 4,
        "StartedTimestamp": int(frozen_clock.now() * 1000),
    }
    assert tasks(sqs, dlq) == [shown]
    frozen_clock.advance(1)
    del shown["TaskHandle"]  # "only returned if the status is RUNNING"
    assert tasks(sqs, dlq) == [{**shown, "Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 4}]


def test_a_queue_made_anew_has_no_tasks_of_the_old(sqs, dead, clock):
    _, dlq = dead(0)
    start(sqs, dlq)
    clock.settle()
    sqs.delete_queue(QueueUrl=dlq)
    sqs.create_queue(QueueName="dlq")
    assert tasks(sqs, dlq) == []


# CancelMessageMoveTask


def test_a_task_handle_is_one_that_a_task_was_given(sqs, dead):
    with refused("MissingParameter", "The request must contain the parameter TaskHandle."):
        sqs.cancel_message_move_task(TaskHandle="")
    with refused(*invalid("nonsense", "TaskHandle", "Value is not a valid task handle.")):
        sqs.cancel_message_move_task(TaskHandle="nonsense")
    _, dlq = dead(0)
    unknown = base64.b64encode(f'{{"taskId":"x","sourceArn":"{arn_of(sqs, dlq)}"}}'.encode()).decode()
    with refused(NOT_FOUND, "Task does not exist.", query_error=NOT_FOUND, status=404):
        sqs.cancel_message_move_task(TaskHandle=unknown)


def test_only_a_running_task_can_be_cancelled(sqs, dead, clock):
    _, dlq = dead(0)
    handle = start(sqs, dlq)
    clock.settle()
    code = "AWS.SimpleQueueService.UnsupportedOperation"
    with refused(code, "Only active tasks can be cancelled.", query_error="UnsupportedOperation"):
        sqs.cancel_message_move_task(TaskHandle=handle)


def test_a_cancelled_task_moves_no_more(sqs, dead, frozen_clock):
    url, dlq = dead(5)
    handle = start(sqs, dlq, MaxNumberOfMessagesPerSecond=2)
    frozen_clock.settle()
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] == 2
    frozen_clock.advance(10)
    assert progress(sqs, dlq) == ("CANCELLED", 2)
    assert (counts(sqs, url)[0], counts(sqs, dlq)[0]) == (2, 3)
    start(sqs, dlq)
    frozen_clock.settle()
    assert counts(sqs, dlq)[0] == 0
