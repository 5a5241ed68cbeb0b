"""Logs as JSON: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html"""

from __future__ import annotations

import base64
import json

import pytest

from tests.services.lambda_.lambda_calls import invoked, package
from tests.services.lambda_.test_lambda_failures import node

PYTHON = """
import logging
log = logging.getLogger("shop")
log.setLevel("INFO")
def handler(event, context):
    log.info("sold %d", 3, extra={"sku": "x1"})
    print("plain")
    if event:
        raise ValueError("no")
"""
NODE = """
export const handler = async () => { console.info('hello', 'there'); console.error({ code: 7 }) }
"""


def lines(answer) -> list:
    """The tail, parsed where it is JSON."""
    found = []
    for line in base64.b64decode(answer["LogResult"]).decode().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            found.append(line)
    return found


@pytest.fixture
def python(function):
    function(PYTHON, LoggingConfig={"LogFormat": "JSON"})


@pytest.mark.usefixtures("python")
def test_what_a_function_logs_and_what_the_platform_adds(client):
    answer = invoked(client, "f", LogType="Tail")
    request_id = answer["ResponseMetadata"]["RequestId"]
    first, start, sold, plain, report = lines(answer)
    assert (first["type"], first["record"]["functionName"]) == ("platform.initStart", "f")
    assert (start["type"], start["record"]) == ("platform.start", {"requestId": request_id, "version": "$LATEST"})
    said = {name: sold[name] for name in ("level", "message", "logger", "requestId", "sku")}
    assert said == {"level": "INFO", "message": "sold 3", "logger": "shop", "requestId": request_id, "sku": "x1"}
    assert plain == "plain"
    assert (report["type"], report["record"]["status"]) == ("platform.report", "success")
    assert report["record"]["metrics"]["memorySizeMB"] == 128


@pytest.mark.usefixtures("python")
def test_an_error(client):
    found = lines(invoked(client, "f", {"fail": True}, LogType="Tail"))
    [error] = [line for line in found if isinstance(line, dict) and line.get("log_level") == "ERROR"]
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no")


@node
def test_node(client, function):
    logging = {"LogFormat": "JSON"}
    function(Code={"ZipFile": package(NODE, "index.mjs")}, Runtime="nodejs20.x", LoggingConfig=logging)
    found = [line for line in lines(invoked(client, "f", LogType="Tail")) if "level" in line]
    assert [(line["level"], line["message"]) for line in found] == [("INFO", "hello there"), ("ERROR", {"code": 7})]
