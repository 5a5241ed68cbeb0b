"""`cloudchamber logs`: the past, and what comes."""

import json

import pytest
from click.testing import CliRunner

from cloudchamber.cli import logs as command
from cloudchamber.cli.talk import Out
from tests.services.logs.logs_calls import put


@pytest.fixture
def shown(cloud, account):
    """`shown("g", "--since", "1h")`: the lines the command prints, as values."""

    def run(*arguments):
        out = Out(cloud.endpoint, True)
        result = CliRunner().invoke(command.logs_command, [*arguments, "--account", account], obj=out)
        lines = [json.loads(line) for line in result.output.splitlines()]
        return result.exit_code, lines

    return run


@pytest.fixture
def follower(cloud, account):
    """Where output goes, and the client that the command makes for itself."""
    out = Out(cloud.endpoint, True)
    return out, command._client(out, account, "us-east-1")


def test_events_are_shown_from_so_far_back(logs, group, now, shown):
    put(logs, now - 3_600_000, "old")
    put(logs, now - 60_000, "an ERROR", "fine")
    assert [line["message"] for line in shown("g")[1]] == ["an ERROR", "fine"]
    assert [line["message"] for line in shown("g", "--since", "2h")[1]] == ["old", "an ERROR", "fine"]
    assert [line["message"] for line in shown("g", "--filter", "ERROR")[1]] == ["an ERROR"]
    assert shown("g", "--stream", "other") == (0, [])
    instant = "2020-01-01T00:00:00Z"
    assert shown("g", "--since", instant)[1][0]["stream"] == "s"


def test_a_functions_name_is_enough(logs, now, shown):
    logs.create_log_group(logGroupName="/aws/lambda/f")
    logs.create_log_stream(logGroupName="/aws/lambda/f", logStreamName="s")
    put(logs, now, "hello\n", group="/aws/lambda/f")
    assert shown("f")[1][0]["message"] == "hello\n"


def test_what_cannot_be_shown_is_said(shown, group):
    assert shown("nope")[1] == [{
        "error": "there is no log group nope and none of a function nope", "hint": "aws logs describe-log-groups",
    }]  # fmt: skip
    assert shown("g", "--filter", "a.b")[1][0]["error"] == "Invalid character(s) in term 'a.b'"
    assert "neither a duration nor an instant" in shown("g", "--since", "soon")[1][0]["error"]


@pytest.mark.usefixtures("group")
def test_following_shows_each_event_once(follower, logs, now, capsys, monkeypatch):
    """What came between the session's begin and the reading of the past is in both."""
    put(logs, now, "past")
    out, client = follower
    begin = command._live

    def live(*arguments):
        session = begin(*arguments)
        put(logs, now, "between")
        return _until(session, "last", then=lambda: put(logs, now, "last"))

    monkeypatch.setattr(command, "_live", live)
    command._run(out, client, "g", True, {"filterPattern": "", "startTime": now - 1})
    printed = [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()]
    assert printed == ["past", "between", "last"]


def _until(session, message, then):
    """The session until a message, which is sent when the first event has come."""
    for number, event in enumerate(session):
        yield event
        if event["message"] == message:
            return
        if number == 0:
            then()
