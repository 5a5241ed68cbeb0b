"""Authorizers, models, request validators, gateway responses, documentation."""

from __future__ import annotations

import json

import pytest

from tests.services.apigateway.api_calls import FUNCTION, POOL, patch, refused, replace

HEADER = "method.request.header.Authorization"
PET = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}


def reference(api, name):
    return {"$ref": f"https://apigateway.amazonaws.com/restapis/{api.id}/models/{name}"}


# authorizers


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "MAGIC"},
        {
            "type": "TOKEN",
            "authorizerUri": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "identitySource": HEADER,
        },
        {"type": "TOKEN", "authorizerUri": FUNCTION},
        {"type": "TOKEN", "authorizerUri": FUNCTION, "identitySource": "method.request.querystring.a"},
        {"type": "REQUEST", "authorizerUri": FUNCTION},
        {"type": "REQUEST", "authorizerUri": FUNCTION, "identitySource": "cookie.a"},
        {"type": "TOKEN", "authorizerUri": FUNCTION, "identitySource": HEADER, "authorizerResultTtlInSeconds": 3601},
        {"type": "COGNITO_USER_POOLS", "identitySource": HEADER},
        {"type": "COGNITO_USER_POOLS", "identitySource": HEADER, "providerARNs": ["arn:aws:iam::123456789012:role/r"]},
    ],
)
def test_authorizers_that_aws_refuses(api, wrong):
    with refused("BadRequest"):
        api.create_authorizer(name="a", **wrong)


def test_what_is_not_here_says_so(mocked):
    with pytest.raises(Exception, match="NotImplemented"):
        mocked.create_authorizer(name="j", type="JWT", identitySource=HEADER)
    place = {"resourceId": mocked.root, "httpMethod": "GET"}
    with pytest.raises(Exception, match="NotImplemented"):
        mocked.put_integration(**place, type="MOCK", responseTransferMode="STREAM")
    mocked.deploy()
    with pytest.raises(Exception, match="NotImplemented"):
        mocked.get_sdk(stageName="v1", sdkType="javascript")


def test_an_authorizer_has_what_aws_fills_in(api):
    made = api.create_authorizer(name="a", type="TOKEN", authorizerUri=FUNCTION, identitySource=HEADER)
    assert made == {
        "id": made["id"], "name": "a", "type": "TOKEN", "authType": "custom", "authorizerUri": FUNCTION,
        "identitySource": HEADER, "authorizerResultTtlInSeconds": 300,
    }  # fmt: skip
    pool = api.create_authorizer(name="b", type="COGNITO_USER_POOLS", providerARNs=[POOL], identitySource=HEADER)
    assert pool["authType"] == "cognito_user_pools"
    message = "Authorizer name must be unique. Authorizer a already exists in this RestApi."
    with refused("BadRequest", message):
        api.create_authorizer(name="a", type="TOKEN", authorizerUri=FUNCTION, identitySource=HEADER)
    changed = api.update_authorizer(
        authorizerId=made["id"],
        patchOperations=[
            replace("/type", "REQUEST"), replace("/identitySource", f"{HEADER}, context.identity.sourceIp"),
            replace("/authorizerResultTtlInSeconds", "0"), replace("/name", "c"),
        ],
    )  # fmt: skip
    assert (changed["type"], changed["authorizerResultTtlInSeconds"]) == ("REQUEST", 0)
    assert {one["name"] for one in api.get_authorizers()["items"]} == {"b", "c"}


def test_what_is_in_use_is_not_deleted(api):
    made = api.create_authorizer(name="a", type="TOKEN", authorizerUri=FUNCTION, identitySource=HEADER)["id"]
    validator = api.create_request_validator(name="v")["id"]
    api.create_model(name="Pet", contentType="application/json", schema=json.dumps(PET))
    api.create_model(name="Pets", contentType="application/json", schema=json.dumps({"items": reference(api, "Pet")}))
    place = api.method(
        "POST", authorizationType="CUSTOM", authorizerId=made, requestValidatorId=validator,
        requestModels={"application/json": "Pets"},
    )  # fmt: skip
    with refused("Conflict"):
        api.delete_authorizer(authorizerId=made)
    with refused("Conflict"):
        api.delete_request_validator(requestValidatorId=validator)
    with refused("Conflict", "Cannot delete model 'Pets', is referenced in method request: /POST"):
        api.delete_model(modelName="Pets")
    with refused("Conflict"):
        api.delete_model(modelName="Pet")
    api.delete_method(**place)
    api.delete_authorizer(authorizerId=made)
    api.delete_request_validator(requestValidatorId=validator)
    api.delete_model(modelName="Pets")
    api.delete_model(modelName="Pet")
    with refused("NotFound", "Invalid Authorizer identifier specified"):
        api.get_authorizer(authorizerId=made)
    with refused("NotFound", "Invalid model name specified: Pet"):
        api.get_model(modelName="Pet")


# models


def test_models_that_aws_refuses(api):
    with refused("BadRequest", "Model name must be alphanumeric: a-b"):
        api.create_model(name="a-b", contentType="application/json")
    for wrong in ("{", "[]", '{"type": "pet"}', '{"$ref": "http://example.com/pet"}', json.dumps(reference(api, "No"))):
        with refused("BadRequest"):
            api.create_model(name="Pet", contentType="application/json", schema=wrong)
    with refused("Conflict", "Model name already exists for this REST API"):
        api.create_model(name="Empty", contentType="application/json")


def test_models_refer_to_each_other(api):
    api.create_model(name="Pet", contentType="application/json", schema=json.dumps(PET))
    pets = {"type": "array", "items": reference(api, "Pet")}
    made = api.create_model(name="Pets", contentType="application/json", schema=json.dumps(pets), description="d")
    assert json.loads(made["schema"]) == pets
    assert made["description"] == "d"
    flat = json.loads(api.get_model(modelName="Pets", flatten=True)["schema"])
    assert flat == {"type": "array", "items": {"$ref": "#/definitions/Pet"}, "definitions": {"Pet": PET}}
    changed = api.update_model(modelName="Pet", patchOperations=[replace("/schema", '{"type": "string"}')])
    assert changed["schema"] == '{"type": "string"}'
    with refused("BadRequest"):
        api.update_model(modelName="Pet", patchOperations=[replace("/schema", "{")])


def test_a_model_makes_a_template(api):
    api.create_model(name="Pet", contentType="application/json", schema=json.dumps(PET))
    pets = {"type": "object", "properties": {"pets": {"type": "array", "items": reference(api, "Pet")}}}
    api.create_model(name="Pets", contentType="application/json", schema=json.dumps(pets))
    assert api.get_model_template(modelName="Pet")["value"] == (
        '#set($inputRoot = $input.path(\'$\'))\n{\n  "name" : "foo",\n  "age" : 42\n}'
    )
    template = api.get_model_template(modelName="Pets")["value"]
    assert "#foreach($elem in $inputRoot)" in template
    assert "#if($foreach.hasNext),#end" in template


def test_a_model_that_has_itself_in_it_makes_a_template(api):
    api.create_model(name="Tree", contentType="application/json", schema="{}")
    tree = {"type": "object", "properties": {"left": reference(api, "Tree"), "value": {"type": "number"}}}
    api.update_model(modelName="Tree", patchOperations=[replace("/schema", json.dumps(tree))])
    assert '"value" : 42.0' in api.get_model_template(modelName="Tree")["value"]


# validators and gateway responses


def test_request_validators(api):
    made = api.create_request_validator(name="v", validateRequestBody=True)
    expected = {"id": made["id"], "name": "v", "validateRequestBody": True, "validateRequestParameters": False}
    assert made == expected
    changed = api.update_request_validator(
        requestValidatorId=made["id"],
        patchOperations=[replace("/validateRequestBody", "false"), replace("/validateRequestParameters", "true")],
    )
    assert changed == {**expected, "validateRequestBody": False, "validateRequestParameters": True}
    assert api.get_request_validators()["items"] == [changed]
    api.delete_request_validator(requestValidatorId=made["id"])
    with refused("NotFound", "Invalid Request Validator identifier specified"):
        api.get_request_validator(requestValidatorId=made["id"])


def test_every_gateway_response_is_there_by_default(api):
    shown = {one["responseType"]: one for one in api.get_gateway_responses(limit=500)["items"]}
    assert len(shown) == 21
    assert shown["QUOTA_EXCEEDED"] == {
        "responseType": "QUOTA_EXCEEDED", "statusCode": "429", "responseParameters": {}, "defaultResponse": True,
        "responseTemplates": {"application/json": '{"message":$context.error.messageString}'},
    }  # fmt: skip
    assert "statusCode" not in shown["DEFAULT_4XX"]


def test_gateway_responses_are_put_and_taken_away(api):
    kind = {"responseType": "UNAUTHORIZED"}
    put = api.put_gateway_response(
        **kind, statusCode="418", responseTemplates={"application/json": "{}"},
        responseParameters={"gatewayresponse.header.A": "'b'"},
    )  # fmt: skip
    assert (put["statusCode"], put["defaultResponse"]) == ("418", False)
    changed = api.update_gateway_response(
        **kind,
        patchOperations=[
            replace("/statusCode", "401"), patch("add", "/responseTemplates/text~1plain", "no"),
            patch("remove", "/responseParameters/gatewayresponse.header.A"),
        ],
    )  # fmt: skip
    assert changed["responseTemplates"] == {"application/json": "{}", "text/plain": "no"}
    assert (changed["statusCode"], changed.get("responseParameters") or {}) == ("401", {})
    api.delete_gateway_response(**kind)
    assert api.get_gateway_response(**kind)["defaultResponse"] is True
    with refused("NotFound", "Gateway response type not defined on api"):
        api.delete_gateway_response(**kind)
    with refused("BadRequest"):
        api.get_gateway_response(responseType="NONSENSE")
    with refused("BadRequest"):
        api.put_gateway_response(**kind, statusCode="99")


# documentation


def test_documentation_parts(api):
    api.method("GET", "/pets")
    place = {"type": "METHOD", "path": "/pets", "method": "GET"}
    made = api.create_documentation_part(location=place, properties='{"summary": "s"}')
    assert made == {"id": made["id"], "location": place, "properties": '{"summary": "s"}'}
    with refused("Conflict"):
        api.create_documentation_part(location=place, properties="{}")
    for wrong in ({"type": "MODEL"}, {"type": "API", "path": "/"}, {"type": "NONSENSE"}):
        with refused("BadRequest"):
            api.create_documentation_part(location=wrong, properties="{}")
    with refused("BadRequest"):
        api.create_documentation_part(location={"type": "API"}, properties="nothing")
    changed = api.update_documentation_part(
        documentationPartId=made["id"], patchOperations=[replace("/properties", '{"summary": "t"}')]
    )
    assert api.get_documentation_part(documentationPartId=made["id"]) == changed
    assert api.get_documentation_parts(type="METHOD", path="/pets")["items"] == [changed]
    assert api.get_documentation_parts(type="MODEL")["items"] == []
    undocumented = api.get_documentation_parts(locationStatus="UNDOCUMENTED")["items"]
    locations = [one["location"] for one in undocumented]
    assert {"type": "API"} in locations
    assert {"type": "RESOURCE", "path": "/pets"} in locations
    assert place not in locations
    api.delete_documentation_part(documentationPartId=made["id"])
    with refused("NotFound", "Invalid Documentation part identifier specified"):
        api.get_documentation_part(documentationPartId=made["id"])


def test_documentation_versions(mocked):
    mocked.deploy()
    mocked.create_documentation_part(location={"type": "API"}, properties='{"description": "d"}')
    made = mocked.create_documentation_version(documentationVersion="1", stageName="v1", description="first")
    assert mocked.get_documentation_version(documentationVersion="1") == made
    assert mocked.get_stage(stageName="v1")["documentationVersion"] == "1"
    with refused("Conflict"):
        mocked.create_documentation_version(documentationVersion="1")
    with refused("BadRequest"):
        mocked.delete_documentation_version(documentationVersion="1")
    mocked.update_stage(stageName="v1", patchOperations=[replace("/documentationVersion", "")])
    changed = mocked.update_documentation_version(
        documentationVersion="1", patchOperations=[replace("/description", "second")]
    )
    assert mocked.get_documentation_versions()["items"] == [changed]
    mocked.delete_documentation_version(documentationVersion="1")
    with refused("NotFound", "Invalid Documentation version specified"):
        mocked.get_documentation_version(documentationVersion="1")


def test_documentation_is_imported(api):
    def body(*parts):
        return json.dumps({"x-amazon-apigateway-documentation": {"version": "1", "documentationParts": list(parts)}})

    first = {"location": {"type": "API"}, "properties": {"info": {"description": "a"}}}
    second = {"location": {"type": "METHOD", "path": "/", "method": "GET"}, "properties": {"summary": "b"}}
    found = api.import_documentation_parts(mode="merge", body=body(first, second))
    assert len(found["ids"]) == 2
    again = api.import_documentation_parts(mode="merge", body=body(first))
    assert again["ids"] == found["ids"][:1]
    api.import_documentation_parts(mode="overwrite", body=body(second))
    (left,) = api.get_documentation_parts()["items"]
    assert json.loads(left["properties"]) == {"summary": "b"}
    for wrong in ("{}", body("x"), body({}), body({"location": []}), body({"location": {"type": ["API"]}})):
        with refused("BadRequest"):
            api.import_documentation_parts(body=wrong)
    assert api.get_documentation_parts()["items"] == [left]
