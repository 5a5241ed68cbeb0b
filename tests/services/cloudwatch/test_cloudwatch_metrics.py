"""Publishing, listing, statistics, metric math, retention."""

from __future__ import annotations

import pytest
from botocore.config import Config

MINUTE = 60
DAY = 86_400
BOTH = (
    "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have "
    "specified both."
)


def stats(cw, now: float, *names: str, **members):
    extended = [name for name in names if name[0] in "ptwTPI"]
    plain = [name for name in names if name not in extended]
    asked = {
        **({"Statistics": plain} if plain else {}), **({"ExtendedStatistics": extended} if extended else {}),
    }  # fmt: skip
    return cw.get_metric_statistics(
        **{"Namespace": "n", "MetricName": "m", "StartTime": now - 600, "EndTime": now + 60, "Period": 60, **asked,
           **members}
    )["Datapoints"]  # fmt: skip


def query(expression: str | None = None, name: str = "e", **members):
    if expression is not None:
        return {"Id": name, "Expression": expression, **members}
    metric = {"Namespace": "n", "MetricName": members.pop("metric", "m")}
    stat = {"Metric": metric, "Period": members.pop("period", 60), "Stat": members.pop("stat", "Sum")}
    return {"Id": name, "MetricStat": stat, **members}


def data(cw, now: float, *queries, **members):
    answer = cw.get_metric_data(
        **{"MetricDataQueries": list(queries), "StartTime": now - 600, "EndTime": now,
           "ScanBy": "TimestampAscending", **members}
    )  # fmt: skip
    return answer["MetricDataResults"]


@pytest.fixture
def minutes(cw, clock):
    """Values published in the minutes before the present one, the last one last."""

    def publish(*values: float | None, name: str = "m") -> float:
        now = clock.now() // 60 * 60
        cw.put_metric_data(
            Namespace="n",
            MetricData=[
                {"MetricName": name, "Value": value, "Timestamp": now - MINUTE * (len(values) - number)}
                for number, value in enumerate(values)
                if value is not None
            ],
        )
        return now

    return publish


def test_samples_of_a_minute_become_one_datapoint(cw, put, frozen_clock):
    put(1, 2, 6, Unit="Count")
    (found,) = stats(cw, frozen_clock.now(), "SampleCount", "Sum", "Average", "Minimum", "Maximum")
    assert found.pop("Timestamp").timestamp() == frozen_clock.now() // 60 * 60
    assert found == {
        "SampleCount": 3.0, "Sum": 9.0, "Average": 3.0, "Minimum": 1.0, "Maximum": 6.0, "Unit": "Count",
    }  # fmt: skip


def test_values_with_counts_and_statistic_sets_add_up(cw, frozen_clock):
    cw.put_metric_data(
        Namespace="n",
        MetricData=[
            {"MetricName": "m", "Values": [1.0, 2.0], "Counts": [3.0, 1.0]},
            {"MetricName": "m",
             "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6}},
        ],
    )  # fmt: skip
    (found,) = stats(cw, frozen_clock.now(), "SampleCount", "Sum", "Maximum")
    assert (found["SampleCount"], found["Sum"], found["Maximum"]) == (6, 15, 6)
    assert stats(cw, frozen_clock.now(), "p50") == []  # of a set nobody knows the single values


def test_percentiles_and_trimmed_statistics(cw, frozen_clock):
    cw.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Values": [float(n) for n in range(1, 101)]}])
    names = ("p50", "p99", "tm90", "TC(10:20)", "TS(80%:)", "PR(:50)", "IQM", "wm90")
    (found,) = stats(cw, frozen_clock.now(), *names)
    assert found["ExtendedStatistics"] == {
        "p50": 50, "p99": 99, "tm90": 45.5, "TC(10:20)": 10, "TS(80%:)": sum(range(81, 101)), "PR(:50)": 50,
        "IQM": 50.5, "wm90": (sum(range(1, 91)) + 10 * 90) / 100,
    }  # fmt: skip


def test_metrics_differ_by_dimensions_whatever_their_order(cw, frozen_clock):
    one, two = {"Name": "A", "Value": "1"}, {"Name": "B", "Value": "2"}
    for dimensions in ([one, two], [two, one], [one]):
        cw.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1, "Dimensions": dimensions}])
    (found,) = stats(cw, frozen_clock.now(), "Sum", Dimensions=[two, one])
    assert found["Sum"] == 2
    assert stats(cw, frozen_clock.now(), "Sum") == []
    assert len(cw.list_metrics(Namespace="n")["Metrics"]) == 2
    assert cw.list_metrics(Dimensions=[{"Name": "B"}])["Metrics"] == [
        {"Namespace": "n", "MetricName": "m", "Dimensions": [one, two]}
    ]
    assert cw.list_metrics(Dimensions=[{"Name": "A", "Value": "9"}])["Metrics"] == []


def test_a_datapoint_for_each_unit_unless_one_is_asked_for(cw, put, frozen_clock):
    put(1, Unit="Count")
    put(5, Unit="Bytes")
    now = frozen_clock.now()
    assert {point["Unit"]: point["Sum"] for point in stats(cw, now, "Sum")} == {"Count": 1, "Bytes": 5}
    assert [point["Sum"] for point in stats(cw, now, "Sum", Unit="Bytes")] == [5]


def test_a_high_resolution_metric_has_datapoints_of_a_second(cw, put, frozen_clock):
    now = frozen_clock.now() // 60 * 60
    put(1, StorageResolution=1, Timestamp=now + 1)
    put(2, StorageResolution=1, Timestamp=now + 2)
    found = stats(cw, now, "Sum", StartTime=now, EndTime=now + 5, Period=1)
    assert [(point["Timestamp"].timestamp() - now, point["Sum"]) for point in found] == [(1, 1), (2, 2)]


def test_metrics_are_listed_in_pages_of_500(cw):
    for first in (0, 300):
        names = range(first, first + 300)
        cw.put_metric_data(Namespace="n", MetricData=[{"MetricName": f"m{n}", "Value": 1} for n in names])
    first = cw.list_metrics()
    assert len(first["Metrics"]) == 500
    rest = cw.list_metrics(NextToken=first["NextToken"])
    assert len(rest["Metrics"]) == 100
    assert "NextToken" not in rest


def test_old_points_grow_coarser_and_go(*, cw, put, cloud, account, frozen_clock):
    frozen_clock.freeze(frozen_clock.now() // 3600 * 3600 + 300)
    begun = frozen_clock.now()
    put(1, 2, StorageResolution=1)

    def kept() -> list[int]:
        sql = """SELECT DISTINCT resolution FROM cloudwatch_points
            WHERE metric IN (SELECT id FROM cloudwatch_metrics WHERE account = ?)"""
        return cloud.look(lambda running: [row[0] for row in running.store.all(sql, (account,))])

    assert kept() == [1]
    for days, resolution in ((1, 60), (16, 300), (50, 3600)):
        frozen_clock.advance(days * DAY)
        assert kept() == [resolution]
    found = stats(cw, begun, "Sum", "Maximum", StartTime=begun - 3600, EndTime=begun + 3600, Period=3600)
    assert [(point["Sum"], point["Maximum"]) for point in found] == [(3, 2)]
    frozen_clock.advance(400 * DAY)
    assert kept() == []
    assert cw.list_metrics()["Metrics"] == []


@pytest.mark.parametrize(
    ("member", "code", "message"),
    [
        ({}, "MissingParameter", "The parameter MetricData.member.1.Value is required."),
        ({"Value": float("nan")}, "InvalidParameterValue",
         "The value nan for parameter MetricData.member.1.Value is invalid."),
        ({"Value": 1, "StorageResolution": 300}, "InvalidParameterValue",
         "The parameter MetricData.member.1.StorageResolution must be a value in the set [ 1, 60 ]."),
        ({"Value": 1, "Timestamp": 1}, "InvalidParameterValue",
         "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks."),
        ({"Value": 1, "Timestamp": 4e9}, "InvalidParameterValue",
         "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future."),
        ({"Value": 1, "Values": [1.0]}, "InvalidParameterCombination",
BOTH),
        ({"Values": [1.0] * 151}, "InvalidParameterValue",
         "The collection MetricData.member.1.Values must not have a size greater than 150."),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterCombination",
         "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size."),
    ],
)  # fmt: skip
def test_what_put_metric_data_refuses(cw, refused, member, code, message):
    good = {"MetricName": "m", "Value": 1}
    with refused(code, message):
        cw.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", **member}, good])
    assert cw.list_metrics()["Metrics"] == []


def test_namespaces_of_aws_are_its_own(cw, refused):
    with refused("InvalidParameterValue", "The value AWS/x for parameter Namespace is invalid."):
        cw.put_metric_data(Namespace="AWS/x", MetricData=[{"MetricName": "m", "Value": 1}])


def test_the_cloud_publishes_metrics_of_aws_by_a_private_operation(cw, cloud, account):
    from cloudchamber.identity import principals  # noqa: PLC0415

    request = {"Namespace": "AWS/x", "MetricData": [{"MetricName": "m", "Value": 1.0}]}
    as_whom = principals.service("cloudwatch.amazonaws.com")
    cloud.run(lambda running: running.dispatcher.enter(as_whom, account, "us-east-1", "cloudwatch:publish", request))
    assert cw.list_metrics(Namespace="AWS/x")["Metrics"] == [
        {"Namespace": "AWS/x", "MetricName": "m", "Dimensions": []}
    ]


def test_what_get_metric_statistics_refuses(cw, refused, frozen_clock):
    now = frozen_clock.now()
    message = (
        "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints "
        "requested by increasing Period, or decreasing the time range."
    )
    with refused("InvalidParameterCombination", message):
        stats(cw, now, "Sum", StartTime=now - DAY, EndTime=now, Period=1)
    with refused("InvalidParameterValue", "The parameter StartTime must not equal parameter EndTime."):
        stats(cw, now, "Sum", StartTime=now, EndTime=now)
    with refused("MissingParameter", "The parameter Statistics is required."):
        stats(cw, now)
    with refused("InvalidParameterValue"):
        stats(cw, now, "Sum", Period=61)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m * 2 + 1", [3, 5, 9]),
        ("m / SUM(m)", [1 / 7, 2 / 7, 4 / 7]),
        ("(m - 1) ^ 2", [0, 1, 9]),
        ("-m", [-1, -2, -4]),
        ("m / o", [0.1, 0.2]),
        ("FILL(o, 0) + m", [11, 12, 4]),
        ("FILL(o, REPEAT)", [10, 10, 10]),
        ("IF(m > 1, m, 0)", [0, 2, 4]),
        ("IF(m >= 2 AND m < 4, 1, 0)", [0, 1, 0]),
        ("RATE(m)", [1 / 60, 2 / 60]),
        ("DIFF(m)", [1, 2]),
        ("RUNNING_SUM(m)", [1, 3, 7]),
        ("SUM(METRICS())", [11, 12, 4]),
        ("MAX([m, o])", [10, 10, 4]),
        ("SUM(METRICS('m')) / PERIOD(m)", [1 / 60, 2 / 60, 4 / 60]),
        ("m - AVG(m) + MIN(m)", [1 - 7 / 3 + 1, 2 - 7 / 3 + 1, 4 - 7 / 3 + 1]),
    ],
)
def test_metric_math(cw, minutes, expression, values):
    minutes(10, 10, None, name="o")
    now = minutes(1, 2, 4)
    hidden = {"ReturnData": False}
    (found,) = data(
        cw, now, query(name="m", **hidden), query(name="o", metric="o", **hidden), query(expression),
        StartTime=now - 180,
    )  # fmt: skip
    assert found["Values"] == pytest.approx(values)
    assert found["Label"] == "e"


def test_metric_data_comes_in_pages_and_both_orders(cw, minutes):
    now = minutes(1, 2, 4)
    asked = {"MetricDataQueries": [query(name="m")], "StartTime": now - 600, "EndTime": now, "MaxDatapoints": 2}
    first = cw.get_metric_data(**asked)
    assert first["MetricDataResults"][0]["Values"] == [4, 2]
    assert first["MetricDataResults"][0]["StatusCode"] == "PartialData"
    second = cw.get_metric_data(**asked, NextToken=first["NextToken"])
    assert second["MetricDataResults"][0]["Values"] == [1]
    assert second["MetricDataResults"][0]["StatusCode"] == "Complete"
    assert "NextToken" not in second
    assert data(cw, now, query(name="m"))[0]["Values"] == [1, 2, 4]


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([query("x + 1")], "Error in expression 'e': Undefined variable x"),
        ([query("1 +")], "Error in expression 'e': Unexpected end"),
        ([query("NOPE(1)")], "Error in expression 'e': Unknown function NOPE"),
        ([query("5")], "Error in expression 'e': The expression must return a time series"),
        ([query("f"), query("e", "f")], "Error in expression 'e': Circular dependency"),
        ([query(name="m"), query(name="m")], "The values for parameter id in MetricDataQueries are not unique."),
        ([query(name="m", stat="Middle")],
         "The value Middle for parameter MetricDataQueries.member.1.MetricStat.Stat is not supported."),
    ],
)  # fmt: skip
def test_queries_that_no_answer_can_be_given_to(cw, refused, clock, queries, message):
    with refused("ValidationError", message):
        data(cw, clock.now(), *queries)


def test_what_we_lack_of_metric_math_says_so(cw, refused, clock):
    for text in ("SEARCH('x', 'Sum')", "SELECT AVG(m) FROM n"):
        with refused("NotImplemented", status=501):
            data(cw, clock.now(), query(text))


def test_a_dimension_needs_a_value(aws, refused, frozen_clock):
    cw = aws.client("cloudwatch", config=Config(parameter_validation=False))
    with refused("MissingParameter", "The parameter Dimensions.member.1.Value is required."):
        stats(cw, frozen_clock.now(), "Sum", Dimensions=[{"Name": "A", "Value": ""}])
    with refused("MissingParameter", "The parameter MetricData.member.1.Dimensions.member.1.Value is required."):
        cw.put_metric_data(
            Namespace="n", MetricData=[{"MetricName": "m", "Value": 1, "Dimensions": [{"Name": "A", "Value": ""}]}]
        )
