"""The vocabulary of the tests of REST APIs: refusals, patches, an API with its identifiers filled in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

# It is left to the server to find fault, once.
CONFIG = Config(parameter_validation=False, retries={"total_max_attempts": 1})
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
)
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"


@contextmanager
def refused(code: str, message: str | None = None) -> Iterator[Any]:
    """The call inside fails with exactly this code (without "Exception") and message (any message for None)."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"] if message is not None else None) == (f"{code}Exception", message)


def patch(op: str, path: str, value: str | None = None, **more: str) -> dict[str, str]:
    return {"op": op, "path": path, **({} if value is None else {"value": value}), **more}


def replace(path: str, value: str) -> dict[str, str]:
    return patch("replace", path, value)


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what the client adds to it."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


class Api:
    """Calls of a client with the API's identifier put in: `api.get_stages()`."""

    def __init__(self, client: Any, made: dict[str, Any]) -> None:
        self.client = client
        self.made = made
        self.id: str = made["id"]
        self.root: str = made["rootResourceId"]

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self.client, operation)
        return lambda **request: plain(call(**{"restApiId": self.id, **request}) or {})

    def resource(self, path: str) -> str:
        """The identifier of a resource, made with all above it where it is not there."""
        parent = self.root
        known = {one["path"]: one["id"] for one in self.get_resources(limit=500)["items"]}
        for depth, part in enumerate(filter(None, path.split("/"))):
            here = "/" + "/".join(path.strip("/").split("/")[: depth + 1])
            parent = known.get(here) or self.create_resource(parentId=parent, pathPart=part)["id"]
        return parent

    def method(self, verb: str, path: str = "/", **settings: Any) -> dict[str, str]:
        """A method with a mock behind it; what names it."""
        place = {"resourceId": self.resource(path), "httpMethod": verb}
        self.put_method(**{**place, "authorizationType": "NONE", **settings})
        self.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        return place

    def deploy(self, stage: str = "v1", **settings: Any) -> str:
        deployment: str = self.create_deployment(stageName=stage, **settings)["id"]
        return deployment
