"""The response cache of a stage: what is kept, for how long, by which keys, and who may have it made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.planes.rest.rest_calls import Api, allow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from cloudchamber.testing.cloud import CloudClock
    from tests.planes.rest.rest_calls import Account

ANSWER = {"200": {"responseTemplates": {"application/json": "\"$context.requestId $input.params('q')\""}}}
FRESH = {"Cache-Control": "max-age=0"}
OPEN = ("/*/*/caching/requireAuthorizationForCacheControl", "false")


@pytest.fixture
def clock(owner: Account) -> Iterator[CloudClock]:
    owner.cloud.clock.freeze()
    yield owner.cloud.clock
    owner.cloud.clock.resume()


def cached(api: Api, *settings: tuple[str, str], **method: Any) -> Api:
    """GET / and POST / on a stage that caches."""
    for verb in ("GET", "POST"):
        api.method(verb, "/", responses=ANSWER, **method)
    api.deploy(cacheClusterEnabled=True, cacheClusterSize="0.5")
    api.settings(("/*/*/caching/enabled", "true"), *settings)
    return api


def test_the_second_get_is_answered_from_the_cache_until_its_time_is_over(api: Api, clock: CloudClock):
    cached(api, ("/*/*/caching/ttlInSeconds", "60"))
    first = api.get("/")
    second = api.get("/")
    assert first.text == second.text
    assert first.headers["x-amzn-requestid"] != second.headers["x-amzn-requestid"]
    assert second.headers["content-type"] == "application/json"
    clock.advance(59)
    assert api.get("/").text == first.text
    clock.advance(1)
    assert api.get("/").text != first.text


def test_only_get_is_cached_unless_a_method_says_so(api: Api):
    cached(api)
    assert api.post("/").text != api.post("/").text
    api.settings(("/~1/POST/caching/enabled", "true"))
    assert api.post("/").text == api.post("/").text


def test_nothing_is_cached_without_a_cluster(api: Api):
    cached(api)
    kept = api.get("/").text
    api.settings(("/cacheClusterEnabled", "false"))
    assert api.get("/").text != kept
    api.settings(("/cacheClusterEnabled", "true"))
    assert api.get("/").text != kept  # a new cluster begins empty


def test_parameters_that_are_keys_tell_answers_apart_and_others_do_not(api: Api):
    place = api.method(
        "GET", "/", requestParameters={"method.request.querystring.q": False, "method.request.header.X-Lang": False},
        responses=ANSWER,
    )  # fmt: skip
    keys = ["method.request.querystring.q", "method.request.header.X-Lang"]
    changes = [{"op": "add", "path": f"/cacheKeyParameters/{key}"} for key in keys]
    api.client.update_integration(**place, patchOperations=changes)
    api.deploy(cacheClusterEnabled=True)
    api.settings(("/*/*/caching/enabled", "true"))
    one = api.get("/?q=1").text
    assert api.get("/?q=1&other=2").text == one
    assert api.get("/?q=2").text != one
    assert api.get("/?q=1", headers={"X-Lang": "de"}).text != one
    assert api.get("/?q=1").text == one


def test_max_age_0_asks_anew_where_nobody_needs_to_be_allowed(api: Api):
    cached(api, OPEN)
    old = api.get("/").text
    new = api.get("/", headers=FRESH).text
    assert new != old
    assert api.get("/").text == new


def test_max_age_0_of_who_may_not_is_passed_over_or_refused(api: Api):
    strategy = "/*/*/caching/unauthorizedCacheControlHeaderStrategy"
    cached(api)
    old = api.get("/")
    response = api.get("/", headers=FRESH)
    assert response.text == old.text
    assert response.headers["warning"].startswith("199 ")
    api.settings((strategy, "SUCCEED_WITHOUT_RESPONSE_HEADER"))
    assert "warning" not in api.get("/", headers=FRESH).headers
    api.settings((strategy, "FAIL_WITH_403"))
    response = api.get("/", headers=FRESH)
    assert (response.status_code, response.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert api.get("/").text == old.text


def test_a_user_who_is_allowed_to_invalidates(api: Api, owner: Account):
    cached(api, authorizationType="AWS_IAM")
    iam = owner.client("iam")
    sessions = []
    for name, actions in (
        ("reader", ["execute-api:Invoke"]),
        ("keeper", ["execute-api:Invoke", "execute-api:InvalidateCache"]),
    ):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow(*actions))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        sessions.append(owner.cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]))
    old = api.signed("GET", "/", sessions[0]).text
    assert api.signed("GET", "/", sessions[0], FRESH).text == old
    assert api.signed("GET", "/", sessions[1], FRESH).text != old


def test_flush_stage_cache_forgets_it_all(api: Api):
    cached(api)
    old = api.get("/").text
    api.client.flush_stage_cache(restApiId=api.id, stageName="s")
    assert api.get("/").text != old


def test_what_went_wrong_is_not_kept(api: Api, function: str):
    api.function("GET", "/", function)
    api.deploy(cacheClusterEnabled=True)
    api.settings(("/*/*/caching/enabled", "true"))
    assert api.get("/", headers={"X-Do": "fail"}).status_code == 502
    good = api.get("/")
    assert good.status_code == 200
    assert api.get("/", headers={"X-Do": "fail"}).text == good.text


def test_a_function_is_not_called_for_what_is_cached(api: Api, function: str, owner: Account):
    api.function("GET", "/", function)
    api.deploy(cacheClusterEnabled=True)
    api.settings(("/*/*/caching/enabled", "true"))

    def traced() -> tuple[httpx.Response, dict[str, dict[str, float]]]:
        trace = "1-5e645f3e-" + f"{len(owner.cloud.spans()):024x}"
        response = api.get("/", headers={"X-Amzn-Trace-Id": f"Root={trace}"})
        return response, {span.service: span.usage for span in owner.cloud.spans(trace_id=trace)}

    first, called = traced()
    assert "lambda" in called
    assert called["apigateway"]["apigateway.cache_misses"] == 1
    second, called = traced()
    assert (second.text, list(called)) == (first.text, ["apigateway"])
    assert called["apigateway"]["apigateway.cache_hits"] == 1
