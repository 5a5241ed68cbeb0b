"""Input templates and filters by themselves."""

from __future__ import annotations

import json

import pytest

from cloudchamber.services.pipes import templates
from cloudchamber.services.pipes.errors import ValidationException
from cloudchamber.services.pipes.events import Event, of_answer, resolved

BODY = {"key": "value", "n": 1, "list": [1, {"a": "b"}], "text": 'say "hi"'}
RAW = {"messageId": "m", "body": json.dumps(BODY), "attributes": {"SenderId": "AIDA"}}
EVENT = Event(RAW, {**RAW, "body": BODY}, "m")
PLAIN = Event({"body": "plain"}, {"body": "plain"}, "m")
KNOWN = {
    "aws.pipes.pipe-arn": "arn:pipe", "aws.pipes.pipe-name": "p", "aws.pipes.source-arn": "arn:source",
    "aws.pipes.enrichment-arn": "", "aws.pipes.target-arn": "arn:target",
    "aws.pipes.event.ingestion-time": "2026-01-01T00:00:00.000Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hello, sender", "Hello, sender"),
        ("<$.attributes.SenderId>", "AIDA"),
        ("Hello, <$.attributes.SenderId>!", "Hello, AIDA!"),
        ("<$.body>", json.dumps(BODY, separators=(",", ":"))),
        ("<$.body.list[1].a>", "b"),
        ("<$.body.list>", '[1,{"a":"b"}]'),
        ("<$.body['key']>", "value"),
        ("<$.none>", ""),
        ('{"k": <$.body.key>, "n": <$.body.n>, "d": <aws.pipes.event.ingestion-time>}',
         '{"k": "value", "n": 1, "d": "2026-01-01T00:00:00.000Z"}'),
        ('{"k": "it is <$.body.key>", "q": "<$.body.text>"}', '{"k": "it is value", "q": "say \\"hi\\""}'),
        ('{"o": "<$.body.list>"}', '{"o": "[1,{a:b}]"}'),  # its own quotes go
        ('{"k": <$.none>}', '{"k": ""}'),
        ("[<aws.pipes.pipe-arn>, <aws.pipes.pipe-name>, <aws.pipes.source-arn>, <aws.pipes.target-arn>]",
         '["arn:pipe", "p", "arn:source", "arn:target"]'),
        ("<not a place> < $.body.key >", "<not a place> value"),
    ],
)  # fmt: skip
def test_a_template_is_filled_in(template, expected):
    assert templates.rendered(template, EVENT, KNOWN) == expected


def test_the_event_itself_as_it_came_and_decoded():
    made = json.loads(templates.rendered('{"a": <aws.pipes.event>, "b": <aws.pipes.event.json>}', EVENT, KNOWN))
    assert made == {"a": RAW, "b": {**RAW, "body": BODY}}
    assert templates.rendered("<$.body>", PLAIN, KNOWN) == "plain"
    assert templates.rendered('{"b": <aws.pipes.event.json>}', Event("text", "text", ""), KNOWN) == '{"b": ""}'


@pytest.mark.parametrize("template", ["<aws.pipes.x>", "<$.a..b>", "<$[>"])
def test_what_is_no_template(template):
    with pytest.raises(ValidationException):
        templates.check(template)


def test_a_parameter_may_be_a_path():
    assert resolved("$.body.key", EVENT) == "value"
    assert resolved("$.body.n", EVENT) == "1"
    assert resolved("$.none", EVENT) == ""
    assert resolved("plain $.x", EVENT) == "plain $.x"


@pytest.mark.parametrize("answer", [None, "", {}, []])
def test_an_empty_answer_of_an_enrichment_sends_nothing_on(answer):
    assert of_answer(answer) == []


def test_what_an_enrichment_answers_is_one_event_or_each_of_an_array():
    assert [event.raw for event in of_answer([{}])] == [{}]
    assert [(event.raw, event.id) for event in of_answer([{"messageId": "m"}, 5, {"eventID": "e"}])] == [
        ({"messageId": "m"}, "m"), (5, ""), ({"eventID": "e"}, "e"),
    ]  # fmt: skip
    assert [event.raw for event in of_answer("text")] == ["text"]
