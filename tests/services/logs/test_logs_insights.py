"""Insights: the query language, and queries as they are started, asked for and stopped."""

import json

import pytest

from cloudchamber.identity.principals import root
from cloudchamber.services.logs.errors import MalformedQuery
from cloudchamber.services.logs.insights_commands import read_program
from tests.services.calls import refused
from tests.services.logs.logs_calls import asked, finished, put

SHOP = [
    {"level": "INFO", "ms": 10, "path": "/a", "ok": True, "user": {"id": "u1", "tags": ["x", "y"]}},
    {"level": "ERROR", "ms": 250.5, "path": "/b", "ok": False},
    {"level": "INFO", "ms": 30, "path": "/a", "ip": "10.1.2.3"},
    {"level": "WARN", "ms": 120, "path": "/c"},
]


@pytest.fixture
def shop(logs, group, now):
    """The four events of the shop, a millisecond apart; the instant of the first, on a full hour."""
    at = now // 3_600_000 * 3_600_000
    put(logs, at, *(json.dumps(event) for event in SHOP))
    return at


# wrong input


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("bogus x", "unexpected symbol found b at line 1 and position 0"),
        ("fields a | ", "unexpected symbol found <EOF> at line 1 and position 11"),
        ("fields a, ", "unexpected symbol found <EOF> at line 1 and position 10"),
        ("filter (a = 1", "unexpected symbol found <EOF> at line 1 and position 13"),
        ("fields a\n| limit x", "unexpected symbol found x at line 2 and position 8"),
        ("filter a not 3", "unexpected symbol found 3 at line 1 and position 13"),
        ("fields nope(a)", "Unknown function: nope"),
        ("fields abs(a, b)", "Wrong number of arguments of function: abs"),
        ("stats a by b", "stats needs an aggregation function"),
        ('parse "a * b *" as one', "The number of names does not fit the pattern of parse"),
        ("", "unexpected symbol found <EOF> at line 1 and position 0"),
        ("filter " + "(" * 2000 + "a" + ")" * 2000, "The query is nested too deeply"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read(query, message):
    with pytest.raises(MalformedQuery) as caught:
        read_program(query, 0)
    assert caught.value.message == message


def test_a_malformed_query_tells_where(logs, shop):
    with refused("MalformedQueryException", "unexpected symbol found ! at line 1 and position 7") as caught:
        asked(logs, "fields !", shop)
    assert caught.value.response["queryCompileError"]["location"] == {"startCharOffset": 7, "endCharOffset": 8}


def test_commands_that_are_not_here_are_not_pretended(logs, shop):
    with refused("NotImplemented", status=501):
        asked(logs, "pattern @message", shop)
    with refused("NotImplemented", status=501):
        asked(logs, "fields jsonParse(@message)", shop)


def test_groups_are_named_in_one_way_and_exist(logs, group, account):
    times = {"startTime": 0, "endTime": 1, "queryString": "limit 1"}
    with refused("InvalidParameterException"):
        logs.start_query(**times)
    with refused("ResourceNotFoundException", f"Log group 'nope' does not exist for account ID '{account}'"):
        logs.start_query(**times, logGroupNames=["g", "nope"])
    with refused("InvalidParameterException"):
        logs.start_query(**{**times, "startTime": 2}, logGroupName="g")


# wrong state


def test_a_query_that_is_not_there_or_has_ended(logs, shop):
    with refused("ResourceNotFoundException"):
        logs.get_query_results(queryId="nope")
    query = logs.start_query(logGroupName="g", startTime=0, endTime=1, queryString="limit 1")["queryId"]
    finished(logs, query)
    with refused("InvalidParameterException", "The specified query is not running."):
        logs.stop_query(queryId=query)


# behaviour


def test_without_commands_on_fields_events_are_shown_newest_first(logs, shop):
    rows = asked(logs, "limit 2", shop)
    assert [json.loads(row["@message"])["path"] for row in rows] == ["/c", "/a"]
    assert rows[0]["@timestamp"].endswith(":00:00.003")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("fields level | filter ms > 100", ["WARN", "ERROR"]),
        ("fields level | filter ms >= 30 and ms <= 120", ["WARN", "INFO"]),
        ('fields level | filter path = "/a" or level = \'WARN\'', ["WARN", "INFO", "INFO"]),
        ("fields level | filter not (path = '/a')", ["WARN", "ERROR"]),
        ("fields level | filter level != 'INFO'", ["WARN", "ERROR"]),
        ("fields level | filter @message like /(?i)error/", ["ERROR"]),
        ("fields level | filter @message =~ /\"path\": \"\\/[bc]\"/", ["WARN", "ERROR"]),
        ("fields level | filter path like 'a'", ["INFO", "INFO"]),
        ("fields level | filter path not like /a/", ["WARN", "ERROR"]),
        ("fields level | filter level in ['WARN', 'ERROR']", ["WARN", "ERROR"]),
        ("fields level | filter level not in ['WARN', 'ERROR']", ["INFO", "INFO"]),
        ("fields level | filter ok = 1", ["INFO"]), ("fields level | filter ispresent(ok)", ["ERROR", "INFO"]),
        ("fields level | filter isIpv4InSubnet(ip, '10.0.0.0/8')", ["INFO"]),
        ("fields user.id | filter ispresent(user.id)", ["u1"]), ("fields user.tags.1 | filter ok", ["y"]),
        ("fields level | sort ms | limit 2", ["INFO", "INFO"]),
        ("fields ms | sort ms desc", ["250.5", "120", "30", "10"]),
        ("fields path | dedup path", ["/c", "/a", "/b"]), ("fields ms | sort path asc, ms desc | head 2", ["30", "10"]),
        ("fields ms / 4 as quarter | filter path = '/c'", ["30"]),
        ("fields (ms + 2) * 2 ^ 2 | filter ms = 30", ["128"]),
        ("fields abs(0 - ms) as a | filter path = '/b'", ["250.5"]),
        ("fields concat(level, ':', path) | limit 1", ["WARN:/c"]),
        ("fields coalesce(ip, 'none') as x | sort x", ["10.1.2.3", "none", "none", "none"]),
        ("fields if(ms > 100, 'slow', 'quick') as how | dedup how", ["slow", "quick"]),
        ("fields strlen(level), substr(level, 1, 2) | display substr(level, 1, 2) | limit 1", ["AR"]),
        ("fields replace(path, '/', '-') as p | limit 1 # a comment", ["-c"]),
        ("fields toMillis(@timestamp) % 1000 as x | limit 1", ["3"]), ("display `level` | limit 1", ["WARN"]),
    ],
)  # fmt: skip
def test_fields_filters_and_order(logs, shop, query, rows):
    assert [next(iter(row.values())) for row in asked(logs, query, shop)] == rows


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("stats count(*)", [{"count(*)": "4"}]), ("stats count() as n", [{"n": "4"}]),
        ("stats count(ok), count_distinct(path)", [{"count(ok)": "2", "count_distinct(path)": "3"}]),
        ("stats sum(ms), avg(ms), min(ms), max(ms)",
         [{"sum(ms)": "410.5", "avg(ms)": "102.625", "min(ms)": "10", "max(ms)": "250.5"}]),
        ("stats pct(ms, 50) as p50, pct(ms, 99) as p99, median(ms) as m", [{"p50": "30", "p99": "250.5", "m": "30"}]),
        ("stats stddev(ms) as d by path | filter path = '/a'", [{"path": "/a", "d": "10"}]),
        ("stats count(*) as n by level | sort n desc, level | limit 2",
         [{"level": "INFO", "n": "2"}, {"level": "ERROR", "n": "1"}]),
        ("stats count(*) by level | sort count(*) desc | limit 1", [{"level": "INFO", "count(*)": "2"}]),
        ("stats sum(ms) / count(*) as mean by path | sort path | limit 1", [{"path": "/a", "mean": "20"}]),
        ("stats latest(level) as l, earliest(level) as e", [{"l": "WARN", "e": "INFO"}]),
        ("filter ms > 1000 | stats count(*) as n", [{"n": "0"}]), ("filter ms > 1000 | stats count(*) by path", []),
        ("stats count(*) as n by level | stats max(n) as most", [{"most": "2"}]),
        ("stats max(ms) as slowest by concat('x', path) as p | sort p | limit 1", [{"p": "x/a", "slowest": "30"}]),
    ],
)  # fmt: skip
def test_statistics(logs, shop, query, rows):
    assert asked(logs, query, shop) == rows


def test_statistics_by_time(logs, shop):
    put(logs, shop + 6 * 60_000, "later")
    rows = asked(logs, "stats count(*) as n by bin(5m)", shop)
    hour = rows[0]["bin(5m)"][11:13]
    found = [(row["bin(5m)"][11:], row["n"]) for row in rows]
    assert found == [(f"{hour}:05:00.000", "1"), (f"{hour}:00:00.000", "4")]


def test_parse_takes_texts_apart(logs, group, now):
    put(logs, now, "user=ann, method:GET, latency := 12", "user=bob, method:PUT, latency := 30", "else")
    glob = 'parse @message "user=*, method:*, latency := *" as @user, @method, @latency'
    rows = asked(logs, f"{glob} | stats avg(@latency) as l by @user | sort @user desc | filter ispresent(l)", now)
    assert rows == [{"@user": "bob", "l": "30"}, {"@user": "ann", "l": "12"}]
    rows = asked(logs, r"parse /user=(?<who>\w+), method:(?<how>[A-Z]+)/ | filter how = 'PUT' | display who", now)
    assert rows == [{"who": "bob"}]


def test_functions_lines_have_fields_of_their_own(logs, now):
    logs.create_log_group(logGroupName="/aws/lambda/f")
    logs.create_log_stream(logGroupName="/aws/lambda/f", logStreamName="s")
    request = "12345678-1234-1234-1234-123456789012"
    report = (
        f"REPORT RequestId: {request}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 50 MB\tInit Duration: 99.5 ms\t"
    )
    put(logs, now, f"START RequestId: {request} Version: $LATEST", f"[INFO]\t{request}\thello", report,
        group="/aws/lambda/f")  # fmt: skip
    query = "filter @type = 'REPORT' | stats max(@duration) as d, max(@maxMemoryUsed / 1000 / 1000) as mb by @requestId"
    assert asked(logs, query, now, logGroupName="/aws/lambda/f") == [{"@requestId": request, "d": "12.34", "mb": "50"}]
    assert len(asked(logs, f"filter @requestId = '{request}'", now, logGroupName="/aws/lambda/f")) == 3


def test_a_query_spans_groups_and_seconds_inclusively(logs, shop, now):
    logs.create_log_group(logGroupName="h")
    logs.create_log_stream(logGroupName="h", logStreamName="s")
    put(logs, shop + 999, "in h", group="h")
    second = shop // 1000
    query = logs.start_query(
        logGroupNames=["g", "h"], startTime=second, endTime=second, queryString="fields @log, @logStream | limit 1"
    )
    answer = finished(logs, query["queryId"])
    assert {cell["field"]: cell["value"] for cell in answer["results"][0]}["@log"].endswith(":h")
    assert answer["statistics"]["recordsMatched"] == 5.0
    assert answer["statistics"]["recordsScanned"] == 5.0
    assert answer["statistics"]["bytesScanned"] > 0


def test_a_pointer_leads_to_the_whole_record(logs, shop):
    query = logs.start_query(logGroupName="g", startTime=0, endTime=shop // 1000, queryString="filter ok = 1")
    cells = {cell["field"]: cell["value"] for cell in finished(logs, query["queryId"])["results"][0]}
    record = logs.get_log_record(logRecordPointer=cells["@ptr"])["logRecord"]
    assert (record["level"], record["@timestamp"], record["user.tags.0"]) == ("INFO", str(shop), "x")
    with refused("InvalidParameterException"):
        logs.get_log_record(logRecordPointer="nope")
    with refused("ResourceNotFoundException"):
        logs.get_log_record(logRecordPointer="12345")


def test_results_come_in_pages_and_within_the_limit(logs, shop):
    query = logs.start_query(logGroupName="g", startTime=0, endTime=shop // 1000, queryString="fields ms", limit=3)
    whole = finished(logs, query["queryId"])
    assert len(whole["results"]) == 3
    first = logs.get_query_results(queryId=query["queryId"], maxItems=2)
    second = logs.get_query_results(queryId=query["queryId"], maxItems=2, nextToken=first["nextToken"])
    assert first["results"] + second["results"] == whole["results"]
    assert "nextToken" not in second


def test_queries_are_listed_newest_first(logs, shop, frozen_clock):
    ids = []
    for number in (1, 2):
        query = logs.start_query(logGroupName="g", startTime=0, endTime=1, queryString=f"limit {number}")
        ids.append(query["queryId"])
        finished(logs, query["queryId"])
        frozen_clock.advance(1)
    listed = logs.describe_queries(logGroupName="g")["queries"]
    assert [query["queryId"] for query in listed] == ids[::-1]
    assert listed[0]["status"] == "Complete" and listed[0]["queryString"] == "limit 2"
    assert logs.describe_queries(status="Running")["queries"] == []


def test_a_running_query_can_be_stopped(cloud, logs, shop, account):
    """Started and stopped within one turn of the loop, before the query has come to its end."""

    async def both(running):
        service = running.registry.get("logs").service
        with running.store.transaction():
            group = service.store.groups.get(account, "us-east-1", "g")
            service.store.append(group, service.store.stream_number(group, "s"), [(shop, "x")] * 3000, shop)

        def call(operation, **request):
            return running.dispatcher.enter(root(account), account, "us-east-1", f"logs:{operation}", request)

        begun = await call(
            "StartQuery", logGroupName="g", startTime=0, endTime=shop // 1000, queryString="stats count(*)"
        )
        stopped = await call("StopQuery", queryId=begun["queryId"])
        await running.clock.settle()
        return stopped, await call("GetQueryResults", queryId=begun["queryId"])

    stopped, results = cloud.run(both)
    assert (stopped, results["status"], results["results"]) == ({"success": True}, "Cancelled", [])


def test_a_query_begins_again_after_a_restart(cloud, logs, shop, account):
    async def restart(running):
        service = running.registry.get("logs").service
        service._begin_query, begin = lambda query: None, service._begin_query
        try:
            times = {"startTime": 0, "endTime": shop // 1000}
            begun = await running.dispatcher.enter(
                root(account), account, "us-east-1", "logs:StartQuery",
                {"logGroupName": "g", "queryString": "stats count(*) as n", **times},
            )  # fmt: skip
        finally:
            service._begin_query = begin
        await service.resume()
        return begun["queryId"]

    answer = finished(logs, cloud.run(restart))
    assert answer["results"] == [[{"field": "n", "value": "4"}]]


def test_the_fields_of_a_group_are_told_with_their_share(logs, group, now):
    put(logs, now - 1000, '{"a": 1}', '{"a": 1, "b": 2}')
    found = {f["name"]: f["percent"] for f in logs.get_log_group_fields(logGroupName="g")["logGroupFields"]}
    assert (found["a"], found["b"], found["@message"]) == (100, 50, 100)


def test_saved_queries_are_kept_changed_and_deleted(logs, now):
    made = logs.put_query_definition(name="n", queryString="limit 1", logGroupNames=["g"])["queryDefinitionId"]
    logs.put_query_definition(name="m", queryString="limit 2", queryDefinitionId=made)
    other = logs.put_query_definition(name="a", queryString="limit 3")["queryDefinitionId"]
    listed = logs.describe_query_definitions()["queryDefinitions"]
    assert [(d["queryDefinitionId"], d["name"], d["queryString"]) for d in listed] == [
        (other, "a", "limit 3"), (made, "m", "limit 2"),
    ]  # fmt: skip
    assert listed[0]["lastModified"] == now
    assert [d["name"] for d in logs.describe_query_definitions(queryDefinitionNamePrefix="m")["queryDefinitions"]] == [
        "m"
    ]
    assert logs.delete_query_definition(queryDefinitionId=made)["success"] is True
    with refused("ResourceNotFoundException"):
        logs.delete_query_definition(queryDefinitionId=made)
