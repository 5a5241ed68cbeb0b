"""What grows is found by an index, and a transaction that is undone leaves nothing behind."""

from __future__ import annotations

import pytest

from cloudchamber.services.cloudwatch import store as stores
from cloudchamber.services.cloudwatch.datum import Datum
from cloudchamber.services.cloudwatch.statistic import Aggregate
from cloudchamber.services.cloudwatch.store import CloudWatchStore
from cloudchamber.storage.engine import Store

KEY = ("1", "r", "n", "m", ())


@pytest.fixture
def db() -> Store:
    return Store(None)


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (stores.POINTS, "PRIMARY KEY (metric=? AND at>? AND at<?)"),
        (stores.VALUES, "PRIMARY KEY (metric=? AND at>? AND at<?)"),
        (stores.HAS_POINTS, "PRIMARY KEY (metric=? AND at>?)"),
        (stores.OLD_POINTS, "cloudwatch_points_by_age"),
        (stores.METRIC, "cloudwatch_metrics_by_key"),
        ("SELECT min(at) FROM cloudwatch_points WHERE resolution = ?", "cloudwatch_points_by_age"),
        ("DELETE FROM cloudwatch_metrics WHERE latest < ?", "cloudwatch_metrics_by_latest"),
        ("DELETE FROM cloudwatch_history WHERE at < ?", "cloudwatch_history_by_age"),
        ("SELECT 1 FROM cloudwatch_history WHERE account = ? AND region = ? AND alarm = ? AND at >= ? ORDER BY at, id",
         "cloudwatch_history_by_alarm"),
    ],
)  # fmt: skip
def test_rows_are_found_by_an_index(db: Store, sql: str, index: str):
    CloudWatchStore(db)
    numbered = 4 if "?4" in sql else sql.count("?")
    plan = db.plan(sql, (1,) * numbered)
    assert index in plan
    assert "SCAN" not in plan


def test_what_is_undone_was_never_there(db: Store):
    store = CloudWatchStore(db)
    datum = Datum("m", (), 60, 60, "None", Aggregate(1.0, 2.0, 2.0, 2.0, "None", {2.0: 1.0}))
    with pytest.raises(RuntimeError), db.transaction():
        store.add(KEY, datum, 100.0)
        raise RuntimeError
    assert store.metric(KEY) is None
    with db.transaction():
        store.add(KEY, datum, 100.0)
        store.add(KEY, datum, 100.0)
    found = store.points(KEY, (0, 120, 60), with_values=True)
    assert found == {60: {"None": Aggregate(2.0, 4.0, 2.0, 2.0, "None", {2.0: 2.0})}}
