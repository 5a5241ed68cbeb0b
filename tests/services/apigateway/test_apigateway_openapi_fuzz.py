"""OpenAPI documents with anything anywhere: each is imported, deployed and exported, or refused as a mistake."""

from __future__ import annotations

import copy
import json

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.apigateway.test_apigateway_openapi import PETS, PETS_3

JUNK = [
    None, True, 0, -1, 1.5, "", "x", "{a", "$ref", [], {}, [None], [{}], ["x"], {"x": None}, {"x": [1]}, "a/b", "é\0",
    {"$ref": "#/paths"}, {"$ref": "#/definitions/Pet"}, {"$ref": "#/nothing"}, {"$ref": 1},
]  # fmt: skip
NAMES = ["x", "/a b", "", "$ref", "get", "200", "{id}"]


def places(value, above=()):
    """Where in a document there is something, as paths of names and indexes."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*above, name)
        yield from places(inner, (*above, name))


@st.composite
def documents(draw):
    document = copy.deepcopy(draw(st.sampled_from([PETS, PETS_3])))
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(list(places(document))))
        holder = document
        for name in above:
            holder = holder[name]
        if isinstance(holder, dict) and draw(st.integers(0, 4)) == 0:
            holder[draw(st.sampled_from(NAMES))] = holder.pop(last)
        else:
            holder[last] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    return document


@pytest.fixture(scope="module")
def client(cloud):
    return cloud.session("310000000078").client("apigateway")


@given(documents())
@settings(max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_document_is_too_much(client, document):
    api = None
    try:
        api = client.import_rest_api(body=json.dumps(document))["id"]
        client.create_deployment(restApiId=api, stageName="s")
        for kind in ("swagger", "oas30"):
            named = {"restApiId": api, "stageName": "s", "exportType": kind}
            client.get_export(**named, parameters={"extensions": "apigateway"})
    except ClientError as error:
        if error.response["Error"]["Code"] != "BadRequestException":
            raise
    finally:
        if api is not None:
            client.delete_rest_api(restApiId=api)
