"""Resources, methods, method responses, integrations, integration responses."""

from __future__ import annotations

import pytest

from tests.services.apigateway.api_calls import FUNCTION, POOL, patch, refused, replace

MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
PARAMETER = MAPPING + "Invalid mapping expression parameter specified: {}]"
QUEUE = "arn:aws:apigateway:us-east-1:sqs:path/123456789012/q"
ROLE = "arn:aws:iam::123456789012:role/r"

# wrong input


def test_parts_of_paths_that_aws_refuses(api):
    message = (
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the "
        "beginning and the end."
    )
    for wrong in ("a b", "{a", "a}", "{}", "a/b", "{a}{b}", "", "{proxy+}x"):
        with refused("BadRequest", message):
            api.create_resource(parentId=api.root, pathPart=wrong)


def test_methods_that_aws_refuses(api):
    with refused("BadRequest"):
        api.put_method(resourceId=api.root, httpMethod="FETCH", authorizationType="NONE")
    with refused("BadRequest"):
        api.put_method(resourceId=api.root, httpMethod="GET", authorizationType="MAGIC")
    message = (
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a "
        "valid authorizer."
    )
    for kind in ("CUSTOM", "COGNITO_USER_POOLS"):
        with refused("BadRequest", message):
            api.put_method(resourceId=api.root, httpMethod="GET", authorizationType=kind)
    place = {"resourceId": api.root, "httpMethod": "GET", "authorizationType": "NONE"}
    with refused("BadRequest", PARAMETER.format("method.request.cookie.a")):
        api.put_method(**place, requestParameters={"method.request.cookie.a": True})
    with refused("BadRequest", "Invalid model identifier specified: Nothing"):
        api.put_method(**place, requestModels={"application/json": "Nothing"})
    with refused("BadRequest", "Invalid Request Validator identifier specified"):
        api.put_method(**place, requestValidatorId="nothing")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"type": "AWS", "uri": FUNCTION}, "Enumeration value for HttpMethod must be non-empty"),
        ({"type": "HTTP", "uri": "ftp://x", "integrationHttpMethod": "GET"}, "Invalid HTTP endpoint specified for URI"),
        ({"type": "AWS", "uri": "x", "integrationHttpMethod": "POST"}, "Invalid ARN specified in the request"),
        (
            {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:123/q", "integrationHttpMethod": "POST"},
            "AWS ARN for integration must contain path or action",
        ),
        (
            {"type": "AWS", "uri": QUEUE, "integrationHttpMethod": "POST"},
            "Role ARN must be specified for AWS integrations",
        ),
        (
            {"type": "AWS_PROXY", "uri": QUEUE, "integrationHttpMethod": "POST", "credentials": ROLE},
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        ),
        ({"type": "MOCK", "timeoutInMillis": 30_000}, "Timeout should be between 50 ms and 29000 ms"),
        ({"type": "MOCK", "timeoutInMillis": 49}, "Timeout should be between 50 ms and 29000 ms"),
        ({"type": "MAGIC"}, None),
        ({"type": "MOCK", "passthroughBehavior": "SOMETIMES"}, None),
        ({"type": "HTTP", "uri": "http://x", "integrationHttpMethod": "GET", "connectionType": "VPC_LINK"}, None),
        (
            {"type": "MOCK", "requestParameters": {"integration.request.header.a": "method.request.header.b"}},
            PARAMETER.format("method.request.header.b"),
        ),
        (
            {"type": "MOCK", "requestParameters": {"integration.response.header.a": "'x'"}},
            PARAMETER.format("integration.response.header.a"),
        ),
    ],
)
def test_integrations_that_aws_refuses(mocked, account, given, message):
    if "credentials" in given:
        given = {**given, "credentials": ROLE.replace("123456789012", account)}
    with refused("BadRequest", message):
        mocked.put_integration(resourceId=mocked.root, httpMethod="GET", **given)


# wrong state


def test_what_is_not_there(api):
    place = {"resourceId": api.root, "httpMethod": "GET"}
    with refused("NotFound", "Invalid Resource identifier specified"):
        api.get_resource(resourceId="nothing")
    with refused("NotFound", "Invalid Resource identifier specified"):
        api.create_resource(parentId="nothing", pathPart="a")
    for call in (api.get_method, api.delete_method, api.get_integration, api.update_method):
        with refused("NotFound", "Invalid Method identifier specified"):
            call(**place)
    api.put_method(**place, authorizationType="NONE")
    with refused("NotFound", "Invalid Integration identifier specified"):
        api.get_integration(**place)
    with refused("NotFound", "Invalid Response status code specified"):
        api.get_method_response(**place, statusCode="200")
    api.put_integration(**place, type="MOCK")
    with refused("NotFound", "Invalid Response status code specified"):
        api.put_integration_response(**place, statusCode="200")


def test_siblings_and_children_that_may_not_be(api):
    pets = api.resource("/pets")
    with refused("Conflict", "Another resource with the same parent already has this name: pets"):
        api.create_resource(parentId=api.root, pathPart="pets")
    variable = api.create_resource(parentId=pets, pathPart="{id}")["id"]
    message = f"A sibling ({variable}) of this resource already has a variable path part -- only one is allowed"
    with refused("BadRequest", message):
        api.create_resource(parentId=pets, pathPart="{name}")
    greedy = api.create_resource(parentId=api.root, pathPart="{proxy+}")["id"]
    with refused("BadRequest", "Cannot create a child of a resource with a greedy path variable: {proxy+}"):
        api.create_resource(parentId=greedy, pathPart="x")


def test_what_is_there_already(mocked):
    place = {"resourceId": mocked.root, "httpMethod": "GET"}
    with refused("Conflict", "Method already exists for this resource"):
        mocked.put_method(**place, authorizationType="NONE")
    mocked.put_method_response(**place, statusCode="200")
    with refused("Conflict", "Response already exists for this resource"):
        mocked.put_method_response(**place, statusCode="200")


def test_the_root_stays(api):
    with refused("BadRequest"):
        api.delete_resource(resourceId=api.root)
    with refused("BadRequest"):
        api.update_resource(resourceId=api.root, patchOperations=[replace("/pathPart", "x")])


# behaviour


def test_resources_move_with_what_is_below(api):
    leaf, dogs, cats = api.resource("/pets/dogs/{id}"), api.resource("/pets/dogs"), api.resource("/cats")
    moved = api.update_resource(resourceId=dogs, patchOperations=[replace("/parentId", cats)])
    assert (moved["path"], moved["parentId"]) == ("/cats/dogs", cats)
    assert api.get_resource(resourceId=leaf)["path"] == "/cats/dogs/{id}"
    renamed = api.update_resource(resourceId=cats, patchOperations=[replace("/pathPart", "lions")])
    assert renamed["path"] == "/lions"
    assert api.get_resource(resourceId=leaf)["path"] == "/lions/dogs/{id}"
    with refused("BadRequest"):
        api.update_resource(resourceId=cats, patchOperations=[replace("/parentId", leaf)])
    api.delete_resource(resourceId=cats)
    assert sorted(one["path"] for one in api.get_resources()["items"]) == ["/", "/pets"]


def test_methods_are_shown_with_their_resource(mocked):
    mocked.method("POST")
    assert mocked.get_resource(resourceId=mocked.root)["resourceMethods"] == {"GET": {}, "POST": {}}
    shown = mocked.get_resource(resourceId=mocked.root, embed=["methods"])["resourceMethods"]["GET"]
    assert shown["methodIntegration"]["type"] == "MOCK"
    items = mocked.get_resources(embed=["methods"])["items"]
    assert items[0]["resourceMethods"]["POST"]["authorizationType"] == "NONE"


def test_a_method_has_what_it_was_given(api):
    pool = api.create_authorizer(
        name="a", type="COGNITO_USER_POOLS", providerARNs=[POOL], identitySource="method.request.header.Authorization"
    )["id"]
    validator = api.create_request_validator(name="v", validateRequestBody=True)["id"]
    given = {
        "httpMethod": "POST", "authorizationType": "COGNITO_USER_POOLS", "authorizerId": pool, "apiKeyRequired": True,
        "operationName": "make", "requestParameters": {"method.request.querystring.a": True},
        "requestModels": {"application/json": "Error"}, "requestValidatorId": validator, "authorizationScopes": ["s"],
    }  # fmt: skip
    assert api.put_method(resourceId=api.root, **given) == given
    place = {"resourceId": api.root, "httpMethod": "POST"}
    assert api.get_method(**place) == given
    changed = api.update_method(
        **place,
        patchOperations=[
            replace("/authorizationType", "AWS_IAM"), replace("/apiKeyRequired", "false"),
            patch("remove", "/requestParameters/method.request.querystring.a"),
            patch("add", "/requestParameters/method.request.header.b", "false"),
            patch("replace", "/requestModels/application~1json", "Empty"),
            patch("add", "/authorizationScopes", "t"), patch("remove", "/requestValidatorId"),
        ],
    )  # fmt: skip
    assert (changed["authorizationType"], changed["apiKeyRequired"]) == ("AWS_IAM", False)
    assert changed["requestParameters"] == {"method.request.header.b": False}
    assert changed["requestModels"] == {"application/json": "Empty"}
    assert changed["authorizationScopes"] == ["s", "t"]
    assert "requestValidatorId" not in changed
    with refused("NotFound", "Invalid parameter name specified"):
        api.update_method(**place, patchOperations=[patch("remove", "/requestParameters/method.request.header.c")])


def test_an_integration_has_what_aws_fills_in(mocked):
    place = {"resourceId": mocked.root, "httpMethod": "GET"}
    put = mocked.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=FUNCTION)
    assert put == {
        "type": "AWS_PROXY", "httpMethod": "POST", "uri": FUNCTION, "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29_000, "cacheNamespace": mocked.root, "cacheKeyParameters": [],
    }  # fmt: skip
    changed = mocked.update_integration(
        **place,
        patchOperations=[
            replace("/timeoutInMillis", "1000"), patch("add", "/requestTemplates/application~1xml", "x"),
            patch("add", "/cacheKeyParameters/method.request.path.id"), replace("/contentHandling", "CONVERT_TO_TEXT"),
        ],
    )  # fmt: skip
    assert (changed["timeoutInMillis"], changed["contentHandling"]) == (1000, "CONVERT_TO_TEXT")
    assert changed["requestTemplates"] == {"application/xml": "x"}
    assert changed["cacheKeyParameters"] == ["method.request.path.id"]
    mocked.delete_integration(**place)
    with refused("NotFound", "Invalid Integration identifier specified"):
        mocked.get_integration(**place)


def test_responses_may_map_to_what_is_declared_only(mocked):
    place = {"resourceId": mocked.root, "httpMethod": "GET", "statusCode": "200"}
    header = "method.response.header.X-A"
    mocked.put_method_response(**place, responseModels={"application/json": "Empty"})
    with refused("BadRequest", PARAMETER.format(header)):
        mocked.put_integration_response(**place, responseParameters={header: "'x'"})
    mocked.update_method_response(**place, patchOperations=[patch("add", f"/responseParameters/{header}", "true")])
    with refused("BadRequest", PARAMETER.format("nonsense")):
        mocked.put_integration_response(**place, responseParameters={header: "nonsense"})
    put = mocked.put_integration_response(
        **place, responseParameters={header: "integration.response.header.b"}, selectionPattern="4\\d\\d",
        responseTemplates={"application/json": ""},
    )  # fmt: skip
    assert mocked.get_integration_response(**place) == put
    changed = mocked.update_integration_response(
        **place, patchOperations=[patch("remove", "/selectionPattern"), replace(f"/responseParameters/{header}", "'1'")]
    )
    assert changed["responseParameters"] == {header: "'1'"}
    assert "selectionPattern" not in changed
    mocked.delete_integration_response(**place)
    mocked.delete_method_response(**place)
    method = mocked.get_method(resourceId=mocked.root, httpMethod="GET")
    assert not method.get("methodResponses")
    assert not method["methodIntegration"].get("integrationResponses")


def test_what_is_mapped_from_must_be_declared(api):
    place = {"resourceId": api.resource("/{id}"), "httpMethod": "GET"}
    api.put_method(**place, authorizationType="NONE", requestParameters={"method.request.path.id": True})
    mapped = {
        "integration.request.path.a": "method.request.path.id",
        "integration.request.header.b": "context.requestId",
        "integration.request.querystring.c": "'static'",
        "integration.request.header.d": "stageVariables.v",
        "integration.request.header.e": "method.request.body.name",
    }
    put = api.put_integration(
        **place, type="HTTP", integrationHttpMethod="GET", uri="http://${stageVariables.host}/{a}",
        requestParameters=mapped,
    )  # fmt: skip
    assert put["requestParameters"] == mapped
