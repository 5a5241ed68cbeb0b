"""Filter patterns, with the examples of AWS's documentation."""

import json

import pytest

from cloudchamber.services.logs.errors import InvalidParameter
from cloudchamber.services.logs.patterns import compile_pattern

TRAIL = json.dumps({
    "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": None, "ThisFlag": True,
    "latency": 55.5, "code": "404", "a.b": {"c-d": 1},
})  # fmt: skip
USERS = json.dumps({
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
})  # fmt: skip
ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "message", "fits"),
    [
        ("", "anything", True),
        ("ERROR", "Exiting with ERRORCODE: -1", True), ("ERROR", "error", False),
        ('"ERROR" -"Exiting"', "Exiting with ERRORCODE: -1", False),
        ('"ERROR" - "Exiting"', "[ERROR] A fatal exception", True),
        ("ERROR Exception", "[ERROR] Unhandled Exception", True), ("ERROR Exception", "[ERROR]", False),
        ('"Failed to process"', "Failed to process the request", True),
        ('"Failed to process"', "Failed process to", False), (r'"a \"b\" c"', 'an a "b" c', True),
        ("?ERROR ?WARN", "WARN message", True), ("?ERROR ?WARN", "INFO message", False),
        ("INFO ?ERROR", "INFO message", True), ("INFO ?ERROR", "ERROR message", False),
        ("ERROR -WARN", "ERROR WARN message", False), ("-WARN", "message", True),
        ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", True), ("%^[hc]at$%", "hat", True),
        ("%^[hc]at$%", "that", False), (r"%\d{3}% ERROR", "ERROR 404", True), (r"%10\.10\.0%", "10.10.0.1", True),
    ],
)  # fmt: skip
def test_terms(pattern, message, fits):
    assert compile_pattern(pattern).matches(message) is fits


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ('{ $.eventType = "UpdateTrail" }', True), ("{ $.eventType = UpdateTrail }", True),
        ("{ $.eventType = Update* }", True), ("{ $.eventType = *pdate* }", True), ("{ $.eventType = Up*te }", False),
        ('{ $.eventType != "UpdateTrail" }', False), ("{ $.sourceIPAddress != 123.123.* }", True),
        ('{ $.arrayKey[0] = "value" }', True), ('{ $.arrayKey[1] = "another value" }', True),
        ('{ $.arrayKey[7] = "value" }', False), ("{ $.arrayKey = value }", False), ("{ $.arrayKey != value }", False),
        ("{ $.objectList[1].id = 2 }", True), ("{ $.objectList[*].id = 2 }", True), ("{ $.eventType[0] = 2 }", False),
        ("{ $.SomeObject IS NULL }", True), ("{ $.eventType IS NULL }", False), ("{ $.Other IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True), ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.SomeObject EXISTS }", True), ("{ $.ThisFlag IS TRUE }", True), ("{ $.ThisFlag is false }", False),
        ("{ $.ThisFlag = true }", True), ("{ $.missing != x }", False),
        ("{ $.latency >= 55.5 }", True), ("{ $.latency < 10e-3 }", False), ("{ $.latency > +1000 }", False),
        ("{ $.latency <= 5.55e1 }", True), ("{ $.code = 404 }", True), ("{ $.code = 4* }", True),
        ("{ $.code > 400 }", True), ("{ $.eventType > 1 }", False), ("{ $.eventType = %^Update[TV]% }", True),
        ("{ $.eventType != %^Update[TV]% }", False), ("{ $['a.b']['c-d'] = 1 }", True), ('{ $["a.b"].c-d = 1 }', True),
    ],
)  # fmt: skip
def test_json_selectors(pattern, fits):
    assert compile_pattern(pattern).matches(TRAIL) is fits


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        ('{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
         True),
        ('{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }',
         False),
        ("{$.coordinates[0][1]=1&&$.actions[2]=DELETE}", True),
    ],
)  # fmt: skip
def test_json_compounds(pattern, fits):
    assert compile_pattern(pattern).matches(USERS) is fits


@pytest.mark.parametrize("message", ["no json", "{broken", '"a text"', ""])
def test_what_is_no_json_matches_no_json_pattern(message):
    assert not compile_pattern("{ $.a NOT EXISTS }").matches(message)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True), ("[ip, user]", False),
        ("[..., status_code, bytes]", True), ("[ip, user, ..., status_code, bytes]", True), ("[ip, user, ...]", True),
        ("[a, b, c, d, e, f, g, ..., h]", False),
        ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", True),
        ("[ip, user, username, timestamp, request, status_code = 200, bytes]", False),
        ("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code = 4* && status_code != 403, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code = 5* || status_code = 404, bytes]", True),
        ('[ip, user, username, timestamp, request = "GET /index.html HTTP/1.0", status_code, bytes]', True),
        (r"[ip = %127\.0\.0\.\d%, ...]", True), ("[..., request=*.html*, status_code=4*,]", True),
    ],
)  # fmt: skip
def test_space_delimited_fields(pattern, fits):
    assert compile_pattern(pattern).matches(ACCESS) is fits


def test_the_documented_or_of_fields():
    assert compile_pattern("[w1=ERROR, w2]").matches("ERROR message")
    assert compile_pattern("[w1=ERROR || w1=WARN, w2]").matches("WARN message")
    assert not compile_pattern("[w1!=ERROR&&w1!=WARN, w2]").matches("WARN message")


@pytest.mark.parametrize(
    "pattern",
    ["{}", "[]x", "{ a = 1 }", "{ $.a = }", "{ $.a > x }", "{ $.a = 1 && }", "{ ($.a = 1 }", "[a, a]", "[..., a, ...]",
     '"open', "%a(b)%", "%[%", "%a% %b% %c%", "{ $.a = %a% || $.b = %b% || $.c = %c% }", "a.b", "{ $.a IS 1 }",
     "{" + "(" * 900 + "$.a = 1" + ")" * 900 + "}"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(InvalidParameter):
        compile_pattern(pattern)


def test_a_trial_tells_what_was_found(logs):
    fields = "[..., request=*.html*, status_code=4*,]"
    found = logs.test_metric_filter(filterPattern=fields, logEventMessages=["x", ACCESS])["matches"]
    assert found == [{
        "eventNumber": 2, "eventMessage": ACCESS,
        "extractedValues": {
            "$status_code": "404", "$request": "GET /index.html HTTP/1.0", "$7": "1534",
            "$4": "10/Oct/2000:13:25:15 -0700", "$3": "frank", "$2": "-", "$1": "127.0.0.1",
        },
    }]  # fmt: skip
    found = logs.test_metric_filter(filterPattern="{ $.latency > 1 }", logEventMessages=[TRAIL])["matches"]
    assert found[0]["extractedValues"] == {"$.latency": "55.5"}
    assert logs.test_metric_filter(filterPattern="x", logEventMessages=["x"])["matches"][0]["extractedValues"] == {}
