"""Routes, expressions, mappings and CORS by themselves: what is pure of the data plane."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.services.apigateway.v2 import cors
from cloudchamber.services.apigateway.v2.parameter_mapping import Mappings, Parts
from cloudchamber.services.apigateway.v2.routing import Router
from cloudchamber.services.apigateway.v2.values import Scope, compiled

SCOPE = Scope(
    lambda: {"requestId": "r1", "authorizer": {"claims": {"cognito:username": "ada", "a.b": "dotted"}}, "n": 7},
    {"x-one": "1"}, {"q": ["a", "b"]}, "/pets/7", {"id": "7"}, {"env": "test"},
    b'{"action": "say", "deep": {"list": [{"n": 1}, 2]}, "yes": true, "nothing": null}',
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("static", "static"), ("", ""), ("$request.header.X-One", "1"), ("${request.header.x-one}", "1"),
        ("$request.header.missing", None), ("a-${request.header.missing}-b", "a--b"), ("$request.querystring.q", "a,b"),
        ("$request.path", "/pets/7"), ("$request.path.id", "7"), ("$request.body.action", "say"),
        ("$request.body.deep.list[0].n", "1"), ("$request.body.deep.list", '[{"n":1},2]'),
        ("$request.body.yes", "true"), ("$request.header.x-one:80", "1:80"),
        ("$request.body.nothing", None), ("$request.body.deep.list[9]", None), ("$context.requestId", "r1"),
        ("$context.n", "7"), ("$context.authorizer.claims.cognito:username", "ada"),
        ("${context.authorizer.claims.cognito:username}", "ada"), ("${context.authorizer.claims.a.b}", "dotted"),
        ("$stageVariables.env", "test"), ("${stageVariables.env}/${request.path.id}", "test/7"),
        ("\\$default", "$default"),
        ("$default", "$default"), ("$5.00", "$5.00"), ('{"k": "$request.header.x-one"}', '{"k": "1"}'),
        ("${request.body.action}-beta", "say-beta"), ("$request.method $request.path", "$request.method /pets/7"),
    ],
)  # fmt: skip
def test_what_expressions_find(text, value):
    assert compiled(text)(SCOPE) == value


def test_a_body_that_is_no_json_has_nothing_in_it():
    assert compiled("$request.body.a")(Scope(body=b"plain")) is None
    assert compiled("$request.body")(Scope(body=b"plain")) == "plain"


def test_mappings_in_turn():
    parts = Parts([("a", "1"), ("b", "2"), ("c", "3")], [("q", "x")])
    Mappings({
        "append:header.a": "$request.querystring.q", "overwrite:header.B": "new", "remove:header.c": "''",
        "append:header.d": "$request.header.missing", "append:querystring.q": "y", "overwrite:path": "/v2$request.path",
    }).apply(parts, SCOPE)  # fmt: skip
    assert sorted(parts.headers) == [("a", "1,a,b"), ("b", "new")]
    assert (parts.query, parts.path, parts.status) == ([("q", "x,y")], "/v2/pets/7", 0)
    Mappings({"overwrite:statuscode": "many"}).apply(parts, SCOPE)
    assert parts.status == 0


@pytest.mark.parametrize(
    ("allowed", "origin", "expected"),
    [
        (["*"], "https://a", True), (["https://a"], "https://a", True),
        (["https://a"], "http://a", False),
        (["https://*"], "https://x.y", True), (["https://*"], "http://x.y", False),
        (["https://*.a.com"], "https://b.a.com", True), (["https://*.a.com"], "https://a.com", False),
        ([], "https://a", False),
    ],
)  # fmt: skip
def test_origins(allowed, origin, expected):
    assert cors.is_allowed({"AllowOrigins": allowed}, origin) is expected


# A route is tried against every request in the plainest way there is, and the best of those that fit is taken.

SEGMENT = st.sampled_from(["a", "b", "{v}"])
PATHS = st.lists(SEGMENT, max_size=3).map(lambda parts: parts)
ROUTES = st.lists(st.tuples(st.sampled_from(["GET", "POST", "ANY"]), PATHS, st.booleans()), max_size=8)


def key_of(method: str, parts: list[str], greedy: bool) -> str:
    named = [part if part != "{v}" else f"{{v{at}}}" for at, part in enumerate(parts)]
    return f"{method} /" + "/".join([*named, *(["{rest+}"] if greedy else [])])


def rank(key: str, method: str, segments: list[str]) -> tuple | None:
    """How well a route fits, the smaller the better, segment by segment; None if it does not."""
    wanted, _, path = key.partition(" ")
    if wanted not in (method, "ANY"):
        return None
    parts = [part for part in path.split("/") if part]
    ranks = []
    for at, part in enumerate(parts):
        if part.endswith("+}"):
            return (1, *ranks, 2, wanted == "ANY") if len(segments) > at else None
        if at >= len(segments) or (not part.startswith("{") and part != segments[at]):
            return None
        ranks.append(int(part.startswith("{")))
    return (0, *ranks, -1, wanted == "ANY") if len(parts) == len(segments) else None


@given(ROUTES, st.sampled_from(["GET", "PUT"]), st.lists(st.sampled_from(["a", "b", "c"]), max_size=4))
def test_the_tree_finds_what_trying_every_route_finds(routes, method, segments):
    keys = {key_of(*route) for route in routes}
    ranked = sorted((found, key) for key in keys if (found := rank(key, method, segments)) is not None)
    best = {key for found, key in ranked if found == ranked[0][0]}
    match = Router([{"RouteKey": key} for key in keys]).match(method, "/" + "/".join(segments))
    assert (match is None) if not ranked else (match is not None and match[0]["RouteKey"] in best)
