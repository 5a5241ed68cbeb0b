"""`cloudchamber mail` and its JSON twin."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from cloudchamber.cli.main import main


@pytest.fixture
def run(cloud) -> Any:
    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["--endpoint", cloud.endpoint, *arguments])

    return invoke


@pytest.fixture
def phone(account: str, aws) -> str:
    number = f"+1{account[-10:]}"
    aws.client("sns").publish(PhoneNumber=number, Message="hello\nthere")
    return number


def listed(run: Any, phone: str) -> list[dict[str, Any]]:
    return json.loads(run("mail", "list", "--to", phone, "--json").output)["messages"]


def test_what_was_sent_is_listed_shown_and_thrown_away(run, account: str, phone: str):
    (message,) = listed(run, phone)
    assert {name: message[name] for name in ("channel", "account", "from", "to", "text")} == {
        "channel": "sms", "account": account, "from": "NOTICE", "to": phone, "text": "hello\nthere",
    }  # fmt: skip
    table = run("mail", "list", "--account", account).output
    assert message["id"] in table
    assert "hello" in table
    assert "hello\nthere" in run("mail", "show", message["id"]).output
    assert run("mail", "clear", message["id"]).output == "1 thrown away\n"
    assert listed(run, phone) == []


def test_a_message_that_is_not_there(run):
    result = run("mail", "show", "none")
    assert result.exit_code == 1
    assert "no message none" in result.output


def test_a_phone_answers(run, aws, phone: str):
    (message,) = listed(run, phone)
    assert run("mail", "reply", message["id"], "STOP").output == "sent\n"
    assert aws.client("sns").check_if_phone_number_is_opted_out(phoneNumber=phone)["isOptedOut"] is True
    topic = aws.client("sns").create_topic(Name="t")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{phone[1:]}@example.com")
    found = json.loads(run("mail", "list", "--json", "-n", "50").output)["messages"]
    mail = next(m for m in found if m["to"] == f"{phone[1:]}@example.com")
    assert "only text messages can be answered" in run("mail", "reply", mail["id"], "STOP").output
