"""What tests of deployed REST APIs need: one cloud and one account for a file, builders of APIs, a few functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.planes.rest.rest_calls import FUNCTION, Account, Api, package

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing.cloud import RunningCloud


@pytest.fixture(scope="module")
def owner(cloud: RunningCloud) -> Account:
    """An account with clients that are made once."""
    return Account(cloud, cloud.new_account())


@pytest.fixture
def api(owner: Account) -> Api:
    """An API with nothing in it."""
    return Api(owner)


@pytest.fixture(scope="module")
def function(owner: Account) -> str:
    """The ARN of a function that does what the request's `x-do` header, or `do` of a plain event, asks for."""
    role = owner.role("functions", "lambda.amazonaws.com")
    made = owner.client("lambda").create_function(
        FunctionName="backend", Runtime="python3.11", Handler="index.handler", Role=role, Timeout=5,
        Code={"ZipFile": package(FUNCTION)},
    )  # fmt: skip
    owner.client("lambda").add_permission(
        FunctionName="backend", StatementId="apis", Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:us-east-1:{owner.id}:*",
    )  # fmt: skip
    return str(made["FunctionArn"])


@pytest.fixture
def get(api: Api) -> Callable[..., Any]:
    return api.get
