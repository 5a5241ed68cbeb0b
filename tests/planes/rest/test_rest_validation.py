"""Request validators: what is missing and what does not fit, in AWS's words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.planes.rest.rest_calls import refused

if TYPE_CHECKING:
    from tests.planes.rest.rest_calls import Api

NAME = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 2}}}


@pytest.fixture
def pets(api: Api) -> Api:
    """POST /pets/{id} that needs `q`, a header, and a pet with an owner whose model is another."""
    api.client.create_model(restApiId=api.id, name="Owner", contentType="application/json", schema=json.dumps(NAME))
    reference = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/Owner"
    pet = {
        "$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["kind", "owner"],
        "properties": {"kind": {"enum": ["cat", "dog"]}, "owner": {"$ref": reference},
                       "age": {"type": "integer", "minimum": 0, "exclusiveMinimum": True}},
        "additionalProperties": False,
    }  # fmt: skip
    api.client.create_model(restApiId=api.id, name="Pet", contentType="application/json", schema=json.dumps(pet))
    validator = api.client.create_request_validator(
        restApiId=api.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )["id"]
    api.method(
        "POST", "/pets/{id}", requestValidatorId=validator, requestModels={"application/json": "Pet"},
        requestParameters={"method.request.querystring.q": True, "method.request.header.X-Need": True,
                           "method.request.querystring.may": False},
    )  # fmt: skip
    api.client.put_gateway_response(
        restApiId=api.id, responseType="BAD_REQUEST_BODY",
        responseTemplates={"application/json": '{"why": "$context.error.validationErrorString"}'},
    )  # fmt: skip
    return api


GOOD = {"kind": "cat", "owner": {"name": "Ann"}, "age": 1}
HEADERS = {"X-Need": "1"}


def test_missing_parameters_are_named(pets: Api):
    pets.deploy()
    text = "Missing required request parameters: [q, X-Need]"
    refused(pets.post("/pets/1", json=GOOD), 400, {"message": text}, "BadRequestException")
    text = "Missing required request parameters: [q]"
    refused(pets.post("/pets/1?q=", json=GOOD, headers=HEADERS), 400, {"message": text}, "BadRequestException")
    assert pets.post("/pets/1?q=1", json=GOOD, headers=HEADERS).status_code == 200


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({**GOOD, "age": 0}, "[0 is less than or equal to the minimum of 0]"),
        ({"kind": "cat"}, '[object has missing required properties (["owner"])]'),
        ({**GOOD, "owner": {}}, '[object has missing required properties (["name"])]'),
        ({**GOOD, "owner": {"name": 5}},
         '[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]'),
        ({**GOOD, "kind": "cow"}, '[instance value ("cow") not found in enum (possible values: ["cat","dog"])]'),
        ({**GOOD, "x": 1}, '[object instance has properties which are not allowed by the schema: ["x"]]'),
        ([], '[instance type (array) does not match any allowed primitive type (allowed: ["object"])]'),
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_its_model_is_refused(pets: Api, body: object, why: str):
    pets.deploy()
    response = pets.post("/pets/1?q=1", json=body, headers=HEADERS)
    assert response.status_code == 400
    assert response.json() == {"why": why}


def test_a_body_that_is_no_json_is_an_invalid_body(pets: Api):
    pets.client.delete_gateway_response(restApiId=pets.id, responseType="BAD_REQUEST_BODY")
    pets.deploy()
    for body in (b"", b"{", b"nope"):
        response = pets.post("/pets/1?q=1", content=body, headers={**HEADERS, "Content-Type": "application/json"})
        refused(response, 400, {"message": "Invalid request body"}, "BadRequestException")
    other = {**HEADERS, "Content-Type": "text/plain"}
    assert pets.post("/pets/1?q=1", content=b"no model for this", headers=other).status_code == 500  # no template
