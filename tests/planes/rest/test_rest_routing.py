"""Which method a request means: hosts and paths, resources, stages, canaries, custom domains, limits."""

from __future__ import annotations

import gzip
import json
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.planes.rest.rest_calls import MOCK, Api, refused

if TYPE_CHECKING:
    from tests.planes.rest.rest_calls import Account

UNKNOWN = {"message": "Missing Authentication Token"}


def named(text: str) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    return {"responses": {"200": {"responseTemplates": {"application/json": text}}}}  # type: ignore[dict-item]


def test_literal_parts_win_over_variables_and_these_over_greedy_ones(api: Api):
    for path in ("/a", "/{x}", "/{x}/{proxy+}", "/a/{y}", "/a/b", "/a/{y}/c", "/g/{proxy+}"):
        values = "\"$input.params('x')$input.params('y')$input.params('proxy')\""
        api.method("GET", path, **named(f'{{"at": "$context.resourcePath", "value": {values}}}'))
    api.deploy()
    wanted = {
        "/a": ("/a", ""), "/z": ("/{x}", "z"), "/a/b": ("/a/b", ""), "/a/q": ("/a/{y}", "q"),
        "/a/b/c": ("/a/{y}/c", "b"), "/z/y/x": ("/{x}/{proxy+}", "zy/x"), "/a/q/r": ("/{x}/{proxy+}", "aq/r"),
        "/a/": ("/a", ""), "/g/h/i": ("/g/{proxy+}", "h/i"), "/a%20b": ("/{x}", "a b"),
    }  # fmt: skip
    for path, (resource, value) in wanted.items():
        assert api.get(path).json() == {"at": resource, "value": value}, path


def test_what_is_not_there_asks_for_a_token(api: Api):
    api.method("GET", "/a")
    api.deploy()
    for response in (api.get("/b"), api.post("/a"), api.get("/"), api.call("HEAD", "/b")):
        assert response.status_code == 403
        assert response.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    refused(api.get("/b"), 403, UNKNOWN, "MissingAuthenticationTokenException")


def test_a_token_on_the_way_to_nothing_is_taken_for_a_broken_signature(api: Api):
    api.method("GET", "/a", authorizationType="AWS_IAM")
    api.deploy()
    text = "'abc' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer abc'."
    for path in ("/a", "/nothing"):
        response = api.get(path, headers={"Authorization": "Bearer abc"})
        refused(response, 403, {"message": text}, "IncompleteSignatureException")


def test_a_method_that_a_resource_lacks_is_looked_for_at_less_literal_ones(api: Api):
    api.method("OPTIONS", "/a", **named('"own"'))
    api.method("ANY", "/{proxy+}", **named('"proxy"'))
    api.deploy()
    assert [api.call(verb, "/a").text for verb in ("OPTIONS", "GET", "POST")] == ['"own"', '"proxy"', '"proxy"']


def test_any_takes_the_methods_that_are_not_there_themselves(api: Api):
    api.method("ANY", "/", **named('"any $context.httpMethod"'))
    api.method("GET", "/", **named('"get"'))
    api.deploy()
    assert [api.call(verb, "/").text for verb in ("GET", "PUT", "DELETE")] == ['"get"', '"any PUT"', '"any DELETE"']


def test_the_api_is_at_every_address_there_is_for_it(api: Api, owner: Account):
    api.method("GET", "/a", **named('"$context.stage $context.path"'))
    api.deploy()
    port = owner.cloud.port
    for host in (f"{api.id}.execute-api.us-east-1.amazonaws.com", f"{api.id}.execute-api.localhost:{port}",
                 f"{api.id}.execute-api.eu-west-1.localhost:{port}",
                 f"{api.id}.execute-api.localhost.localstack.cloud:{port}"):  # fmt: skip
        assert owner.http.get("/s/a", headers={"host": host}).text == '"s /s/a"', host
    for path in (f"/_aws/execute-api/{api.id}/s/a", f"/restapis/{api.id}/s/_user_request_/a"):
        assert owner.http.get(path).text == '"s /s/a"', path


def test_the_api_speaks_https(api: Api, owner: Account):
    api.method("GET", "/", **named('"yes"'))
    api.deploy()
    verified = ssl.create_default_context(cafile=owner.cloud.ca_certificate)
    with httpx.Client(verify=verified, trust_env=False) as client:
        response = client.get(f"https://localhost:{owner.cloud.port}/_aws/execute-api/{api.id}/s/")
    assert response.text == '"yes"'


def test_an_unknown_stage_or_api_is_forbidden(api: Api, owner: Account):
    api.method("GET", "/")
    api.deploy()
    for host, path in ((api.host, "/other/"), ("abcdefghij.execute-api.localhost", "/s/")):
        response = owner.http.get(path, headers={"host": host})
        assert (response.status_code, response.json()) == (403, {"message": "Forbidden"})
        assert response.headers["x-amzn-errortype"] == "ForbiddenException"


def test_a_stage_shows_what_was_deployed_until_the_next_deployment(api: Api):
    place = api.method("GET", "/", **named('"one"'))
    api.deploy()
    changed = [{"op": "replace", "path": "/responseTemplates/application~1json", "value": '"two"'}]
    api.client.update_integration_response(**place, statusCode="200", patchOperations=changed)
    assert api.get("/").text == '"one"'
    assert api.deploy().get("/").text == '"two"'


def test_a_canary_takes_its_share(api: Api):
    place = api.method("GET", "/", **named('"old $stageVariables.v"'))
    api.deploy(variables={"v": "1"})
    changed = [{"op": "replace", "path": "/responseTemplates/application~1json", "value": '"new $stageVariables.v"'}]
    api.client.update_integration_response(**place, statusCode="200", patchOperations=changed)
    api.deploy(canarySettings={"percentTraffic": 30.0, "stageVariableOverrides": {"v": "2"}})
    seen = [api.get("/").text for _ in range(60)]
    assert set(seen) == {'"old 1"', '"new 2"'}
    assert 5 <= seen.count('"new 2"') <= 35


def test_a_custom_domain_leads_to_stages_by_base_path(api: Api, owner: Account):
    api.method("GET", "/a", **named('"$context.stage $context.path $context.domainName"'))
    api.deploy()
    domain = f"api.{api.id}.example.com"
    arn = f"arn:aws:acm:us-east-1:{owner.id}:certificate/12345678-1234-1234-1234-123456789012"
    api.client.create_domain_name(domainName=domain, regionalCertificateArn=arn,
                                  endpointConfiguration={"types": ["REGIONAL"]})  # fmt: skip
    api.client.create_base_path_mapping(domainName=domain, restApiId=api.id, stage="s", basePath="v1")
    assert owner.http.get("/v1/a", headers={"host": domain}).text == f'"s /v1/a {domain}"'
    assert owner.http.get("/v2/a", headers={"host": domain}).status_code == 403
    patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    api.client.update_rest_api(restApiId=api.id, patchOperations=patch)
    api.deploy()
    assert (api.get("/a").status_code, api.get("/a").json()) == (403, {"message": "Forbidden"})
    assert owner.http.get("/v1/a", headers={"host": domain}).status_code == 200


def test_a_body_over_10_mb_is_413(api: Api):
    api.method("POST", "/")
    response = api.deploy().post("/", content=b"x" * (10 * 1024 * 1024 + 1))
    text = "HTTP content length exceeded 10485760 bytes."
    refused(response, 413, {"message": text}, "RequestEntityTooLargeException")


def test_answers_are_compressed_from_the_size_the_api_names(owner: Account):
    api = Api(owner, minimumCompressionSize=100)
    api.method("GET", "/short", **named('"short"'))
    api.method("GET", "/long", **named(json.dumps("long" * 100)))
    api.method("POST", "/", {**MOCK, "requestTemplates": {"application/json": '{"statusCode": $input.json("$.s")}'}})
    api.deploy()
    assert "content-encoding" not in api.get("/short", headers={"Accept-Encoding": "gzip"}).headers
    response = api.get("/long", headers={"Accept-Encoding": "gzip"})
    assert (response.headers["content-encoding"], response.json()) == ("gzip", "long" * 100)
    assert "content-encoding" not in api.get("/long", headers={"Accept-Encoding": "identity"}).headers
    sent = gzip.compress(b'{"s": 200}')
    assert api.post("/", content=sent, headers={"Content-Encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "path", "status"), [("MISSING_AUTHENTICATION_TOKEN", "/x", 404), ("DEFAULT_4XX", "/x", 403)]
)
def test_gateway_responses_may_be_changed(api: Api, kind: str, path: str, status: int):
    api.method("GET", "/")
    more = {"statusCode": "404"} if status == 404 else {}
    api.client.put_gateway_response(
        restApiId=api.id, responseType=kind, **more,
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
                            "gatewayresponse.header.X-Path": "method.request.querystring.q"},
        responseTemplates={"application/json": '{"said": $context.error.messageString, '
                                               '"type": "$context.error.responseType", "at": "$context.path"}'},
    )  # fmt: skip
    api.deploy()
    response = api.get(f"{path}?q=1")
    assert response.status_code == status
    assert response.json() == {
        "said": "Missing Authentication Token", "type": "MISSING_AUTHENTICATION_TOKEN", "at": "/s/x",
    }  # fmt: skip
    assert (response.headers["access-control-allow-origin"], response.headers["x-path"]) == ("*", "1")


def test_each_request_is_a_span_with_what_it_called_below_it(api: Api, function: str, owner: Account):
    api.function("GET", "/", function)
    trace = "1-5e645f3e-1dfad076a177c5ccc5de12f5"
    api.deploy().get("/", headers={"X-Amzn-Trace-Id": f"Root={trace}"})
    spans = {f"{span.service}:{span.operation}": span for span in owner.cloud.spans(trace_id=trace)}
    assert spans["apigateway:execute"].status == 200
    assert spans["lambda:Invoke"].parent_id == spans["apigateway:execute"].span_id
    assert spans["lambda:Invoke"].principal == "apigateway.amazonaws.com"
