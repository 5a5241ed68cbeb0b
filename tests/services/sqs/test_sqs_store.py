"""The store: an index for each way rows are looked for, cost that does not grow, changes that are all or nothing."""

import pytest
from botocore.config import Config

from cloudchamber.services.sqs.queue import Queue
from cloudchamber.services.sqs.store import SqsStore
from cloudchamber.services.sqs.tables import MoveTask, NewMessage
from cloudchamber.storage.engine import Store
from tests.services.sqs.sqs_calls import arn_of, attributes, bodies, counts, receive, redrive_policy, refused

ACCOUNT, REGION = "111122223333", "us-east-1"
NOW = 1_000_000.0


def message(n, group=None):
    return NewMessage(f"id{n}", "body", "md5", None, None, "sender", group, None if group is None else f"d{n}")


def filled(count, groups=0):
    """A store of its own with a queue of `count` messages, in so many groups."""
    store = SqsStore(Store(None))
    number = store.new_number()
    name = "q.fifo" if groups else "q"
    store.queues.put(Queue(ACCOUNT, REGION, name, number, NOW, NOW))
    with store.db.transaction():
        for n in range(count):
            group = f"g{n % groups}" if groups else None
            store.insert(number, message(n, group), NOW, NOW, NOW + 1000)
            if groups:
                store.remember_sent(number, "", f"d{n}", NOW + 300, (f"id{n}", n))
                store.keep_attempt(number, f"a{n}", NOW + 300, [])
    store.total(number)
    return store, number


def standard_accesses(store, number):
    queue = store.queues.get(ACCOUNT, REGION, "q")
    target = Queue(ACCOUNT, REGION, "dlq", number + 1, NOW, NOW)
    [first, second] = store.visible(number, NOW, 2)
    yield "peek", lambda: store.peek(number, NOW, False)
    yield "visible", lambda: store.visible(number, NOW, 10)
    yield "take", lambda: store.take(first, NOW, NOW + 30, 7)
    yield "next_visible", lambda: store.next_visible(number, NOW, False)
    yield "counts", lambda: store.counts(number, NOW)
    yield "held", lambda: store.held(number, first.seq, NOW)
    yield "message", lambda: store.message(number, first.seq)
    yield "set_visible_at", lambda: store.set_visible_at(first.seq, NOW)
    yield "delete", lambda: store.delete(number, first.seq)
    yield "insert", lambda: store.insert(number, message(-1), NOW, NOW, NOW + 1000)
    yield "bury", lambda: store.bury(second, queue, target, NOW)
    yield "redrive", lambda: store.redrive(store.visible(number, NOW, 1)[0], queue, target, NOW)
    yield "expire", lambda: store.expire(NOW - 1, 100)
    yield "next_expiry", store.next_expiry
    yield "is_in_use", lambda: store.is_in_use(number)
    yield "named", lambda: store.named(ACCOUNT, REGION, "q", "", 10)
    yield "sources_of", lambda: store.sources_of("arn:aws:sqs:us-east-1:111122223333:dlq")


def fifo_accesses(store, number):
    [first, *_] = store.in_group(number, "g0", NOW, 1)
    yield "peek", lambda: store.peek(number, NOW, True)
    yield "available_groups", lambda: store.available_groups(number, NOW, 10)
    yield "in_group", lambda: store.in_group(number, "g0", NOW, 10)
    yield "has_expired", lambda: store.has_expired(number, NOW)
    yield "expire_in", lambda: store.expire_in(number, NOW - 1, 100)
    yield "take", lambda: store.take(first, NOW, NOW + 30, 7)
    yield "regroup", lambda: store.regroup(number, "g0")
    yield "next_visible", lambda: store.next_visible(number, NOW, True)
    yield "sent_before", lambda: store.sent_before(number, "", "d1", NOW)
    yield "remember_sent", lambda: store.remember_sent(number, "", "new", NOW + 300, ("id", 1))
    yield "attempt", lambda: store.attempt(number, "a1", NOW)
    yield "keep_attempt", lambda: store.keep_attempt(number, "new", NOW + 300, [])
    yield "insert", lambda: store.insert(number, message(-1, "g0"), NOW, NOW, NOW + 1000)


def rare_accesses(store, number):
    """Those that go over a whole queue by their nature: through an index all the same, and of that queue alone."""
    queue = store.queues.get(ACCOUNT, REGION, "q.fifo")
    task = MoveTask(ACCOUNT, REGION, "handle", queue.arn, None, "RUNNING", NOW, 0)
    yield "total", lambda: (store._totals.clear(), store.total(number))
    yield "delay", lambda: store.delay(queue, 5)
    yield "set_retention", lambda: store.set_retention(number, 60)
    yield "moves", lambda: (store.moves.put(task), store.moves.where(source_arn=queue.arn, order="started_at DESC"))
    yield "sweep_abandoned", lambda: (store.abandon(number), store.sweep_abandoned(1000))


def statements(store, work):
    """What `work` executes: SQL and values."""
    executed = []
    connection = store.db._connection

    def note(_cursor, sql, values):
        executed.append((sql, values or ()))
        return True

    connection.exec_trace = note
    try:
        work()
    finally:
        connection.exec_trace = None
    return executed


@pytest.mark.parametrize(
    ("accesses", "groups"),
    [(standard_accesses, 0), (fifo_accesses, 3), (rare_accesses, 3)],
    ids=["std", "fifo", "rare"],
)
def test_every_access_has_an_index(accesses, groups):
    store, number = filled(20, groups)
    seen = {}
    for name, work in accesses(store, number):
        for sql, values in statements(store, work):
            plan = store.db.plan(sql, values)
            seen.setdefault(name, []).append(plan)
            assert "SCAN" not in plan, (name, sql, plan)
            assert "TEMP B-TREE" not in plan, (name, sql, plan)
        assert seen.get(name), f"{name} executes nothing"


def test_the_hot_accesses_use_the_index_made_for_them():
    store, number = filled(20)
    fifo_store, fifo = filled(20, 3)
    expected = {
        "visible": "USING INDEX sqs_messages_by_visible (queue=? AND visible_at<?)",
        "peek": "USING INDEX sqs_messages_by_visible (queue=? AND visible_at<?)",
        "next_visible": "USING COVERING INDEX sqs_messages_by_visible (queue=? AND visible_at>?)",
        "held": "USING INTEGER PRIMARY KEY",
        "take": "USING INTEGER PRIMARY KEY",
        "is_in_use": "USING INDEX sqs_queues_by_number (number=?)",
        "sources_of": "USING INDEX sqs_queues_by_dead_letter_arn (dead_letter_arn=?)",
    }
    for name, work in standard_accesses(store, number):
        if name in expected:
            [(sql, values)] = statements(store, work)
            assert expected[name] in store.db.plan(sql, values), name
    [_, expired] = statements(store, lambda: store.counts(number, NOW))
    assert "COVERING INDEX sqs_messages_by_expiry (expires_at<?)" in store.db.plan(*expired)
    expected = {
        "available_groups": "COVERING INDEX sqs_groups_by_available (queue=? AND available_at<?)",
        "has_expired": "COVERING INDEX sqs_messages_by_expiry (expires_at<?)",
        "in_group": "INDEX sqs_messages_by_group (queue=? AND group_id=?)",
        "sent_before": "PRIMARY KEY (queue=? AND scope=? AND dedup_id=?)",
    }
    for name, work in fifo_accesses(fifo_store, fifo):
        if name in expected:
            [(sql, values)] = statements(fifo_store, work)
            assert expected[name] in fifo_store.db.plan(sql, values), name
        if name == "regroup":
            plans = [fifo_store.db.plan(*one) for one in statements(fifo_store, work)]
            assert "INDEX sqs_messages_in_flight (queue=? AND group_id=?)" in plans[1]


def steps(store, work):
    """How many instructions SQLite's machine takes for `work`."""
    count = 0

    def note():
        nonlocal count
        count += 1
        return False

    connection = store.db._connection
    connection.set_progress_handler(note, 1)
    try:
        work()
    finally:
        connection.set_progress_handler(None)
    return count


@pytest.mark.parametrize(("accesses", "groups"), [(standard_accesses, 0), (fifo_accesses, 4)], ids=["std", "fifo"])
def test_the_cost_of_an_access_does_not_grow_with_the_queue(accesses, groups):
    def costs(count):
        store, number = filled(count, groups)
        return {name: steps(store, work) for name, work in accesses(store, number)}

    small, large = costs(100), costs(10_050)
    assert {name: cost for name, cost in large.items() if cost > small[name] * 1.2 + 20} == {}


def test_the_cost_of_an_access_does_not_grow_with_other_queues():
    def costs(queues):
        store, number = filled(20)
        for n in range(queues):
            store.queues.put(Queue(ACCOUNT, REGION, f"r{n:05}", store.new_number(), NOW, NOW))
        return {name: steps(store, work) for name, work in standard_accesses(store, number)}

    small, large = costs(10), costs(2000)
    assert {name: cost for name, cost in large.items() if cost > small[name] * 1.2 + 20} == {}


# All or nothing


@pytest.fixture
def once(aws):
    """A client that does not try again."""
    return aws.client("sqs", config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture
def broken(cloud, monkeypatch):
    """`broken("take", after=1)`: the store's method works once, then raises, until `mended()`."""

    class Breakage:
        def __call__(self, method, after=0):
            def patch(c):
                store = c.registry.get("sqs").service.store
                works, left = getattr(store, method), [after]

                def fail(*args, **options):
                    if left[0] <= 0:
                        raise RuntimeError("broken on purpose")
                    left[0] -= 1
                    return works(*args, **options)

                monkeypatch.setattr(store, method, fail)

            cloud.look(patch)

        def mended(self):
            cloud.look(lambda _: monkeypatch.undo())

    return Breakage()


def internal_failure():
    return refused("InternalFailure", "An internal error occurred (RuntimeError)", status=500)


def test_a_batch_that_fails_midway_sends_nothing(once, create, broken):
    url = create("q.fifo", ContentBasedDeduplication="true")
    once.send_message(QueueUrl=url, MessageBody="before", MessageGroupId="g")
    assert counts(once, url) == (1, 0, 0)  # the count is cached now
    entries = [{"Id": str(n), "MessageBody": str(n), "MessageGroupId": "g"} for n in range(3)]
    broken("remember_sent", after=2)
    with internal_failure():
        once.send_message_batch(QueueUrl=url, Entries=entries)
    broken.mended()
    assert counts(once, url) == (1, 0, 0)
    assert len(once.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 3
    assert counts(once, url) == (4, 0, 0)
    assert bodies(once, url) == ["before", "0", "1", "2"]


def test_a_receive_that_fails_midway_takes_and_moves_nothing(once, create, broken):
    dlq = create("dlq")
    url = create("q", VisibilityTimeout=0, RedrivePolicy=redrive_policy(arn_of(once, dlq), 1))
    once.send_message(QueueUrl=url, MessageBody="dead")
    receive(once, url)
    once.send_message(QueueUrl=url, MessageBody="a")
    once.send_message(QueueUrl=url, MessageBody="b")
    assert (counts(once, url), counts(once, dlq)) == ((3, 0, 0), (0, 0, 0))
    broken("take", after=1)
    with internal_failure():
        receive(once, url)
    broken.mended()
    assert (counts(once, url), counts(once, dlq)) == ((3, 0, 0), (0, 0, 0))
    found = receive(once, url)
    assert [(m["Body"], m["Attributes"]["ApproximateReceiveCount"]) for m in found] == [("a", "1"), ("b", "1")]
    assert (counts(once, url), counts(once, dlq)) == ((2, 0, 0), (1, 0, 0))


def test_a_change_of_attributes_that_fails_midway_changes_nothing(once, create, broken):
    url = create("q")
    before = attributes(once, url)
    broken("set_retention")
    with internal_failure():
        once.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60", "DelaySeconds": "5"})
    assert attributes(once, url) == before  # also in the cache of records


@pytest.mark.parametrize("operation", ["delete_queue", "purge_queue"])
def test_a_deletion_or_purge_that_fails_midway_leaves_all(once, create, broken, operation):
    url = create("q")
    once.send_message(QueueUrl=url, MessageBody="x")
    broken("abandon")
    with internal_failure():
        getattr(once, operation)(QueueUrl=url)
    broken.mended()
    assert once.get_queue_url(QueueName="q")["QueueUrl"] == url
    assert counts(once, url) == (1, 0, 0)
    assert bodies(once, url) == ["x"]
    getattr(once, operation)(QueueUrl=url)


def test_a_queue_that_could_not_be_created_is_not_there(once, create, broken):
    broken("new_number")
    with internal_failure():
        create("q")
    broken.mended()
    assert "QueueUrls" not in once.list_queues()
    assert create("q")


def test_a_delete_that_fails_midway_deletes_nothing(once, create, broken):
    url = create("q.fifo", ContentBasedDeduplication="true")
    for body in ("1", "2"):
        once.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    handles = [m["ReceiptHandle"] for m in receive(once, url)]
    entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
    broken("regroup", after=1)
    with internal_failure():
        once.delete_message_batch(QueueUrl=url, Entries=entries)
    broken.mended()
    assert counts(once, url) == (0, 2, 0)
    assert len(once.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 2
    assert counts(once, url) == (0, 0, 0)
