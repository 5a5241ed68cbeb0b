"""The vocabulary of the tests of REST APIs: accounts with roles, APIs built of a few words, calls to them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from cloudchamber.testing.cloud import RunningCloud

FUNCTION = """
import json

def handler(event, context):
    if "authorizationToken" in event or event.get("type") == "REQUEST":
        return authorize(event)
    headers = event.get("headers") or {}
    what = headers.get("X-Do") or event.get("do") or "echo"
    if what == "echo":
        return {"statusCode": 200, "body": json.dumps(event), "headers": {"X-Made": "yes"}}
    if what == "fail":
        raise ValueError("no luck: " + event.get("why", ""))
    if what == "nonsense":
        return {"hello": "world"}
    if what == "cookies":
        return {"statusCode": 201, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "headers": {"Date": "then"},
                "body": "made"}
    if what == "binary":
        image = {"Content-Type": "image/png"}
        return {"statusCode": 200, "isBase64Encoded": True, "body": "AAEC/w==", "headers": image}
    if what == "sleep":
        import time
        time.sleep(3)
    if what == "plain":
        return {"got": event}
    return None

def authorize(event):
    token = event.get("authorizationToken") or (event.get("headers") or {}).get("X-Token", "")
    if token == "stranger":
        raise Exception("Unauthorized")
    if token == "broken":
        return {"hello": "world"}
    effect = "Deny" if token == "deny" else "Allow"
    resource = event["methodArn"] if token != "elsewhere" else "arn:aws:execute-api:us-east-1:1:x/y/GET/z"
    return {
        "principalId": "user|" + token,
        "policyDocument": {"Version": "2012-10-17", "Statement": [
            {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}]},
        "context": {"name": token, "number": 7, "yes": True},
        "usageIdentifierKey": token + "-key-of-twenty-chars",
    }
"""
MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


def package(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("index.py", source)
    return content.getvalue()


def allow(*actions: str, resource: str = "*", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Account:
    def __init__(self, cloud: RunningCloud, account: str) -> None:
        self.cloud = cloud
        self.id = account
        self.session = cloud.session(account)
        self._clients: dict[str, Any] = {}
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{cloud.port}", timeout=30, trust_env=False)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.session.client(service)
        return self._clients[service]

    def role(self, name: str, service: str, *actions: str) -> str:
        trust = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"},
        }
        made = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        if actions:
            self.client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allow(*actions))
        return str(made["Role"]["Arn"])

    def lambda_uri(self, function: str) -> str:
        return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"


class Api:
    """A REST API under construction. Paths are made with their parents."""

    def __init__(self, owner: Account, **more: Any) -> None:
        self.owner = owner
        self.client = owner.client("apigateway")
        made = self.client.create_rest_api(name=more.pop("name", "test"), **more)
        self.id = made["id"]
        self.resources = {"/": made["rootResourceId"]}
        self.stage = "s"

    def resource(self, path: str) -> str:
        if path not in self.resources:
            parent, _, part = path.rpartition("/")
            made = self.client.create_resource(restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part)
            self.resources[path] = made["id"]
        return self.resources[path]

    def method(self, verb: str, path: str, integration: dict[str, Any] | None = None, **method: Any) -> dict[str, str]:
        """A method and its integration. `responses`: status -> members of its integration response."""
        place = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        responses = method.pop("responses", {"200": {}})
        method.setdefault("authorizationType", "NONE")
        self.client.put_method(**place, **method)
        body = dict(MOCK if integration is None else integration)
        if body["type"] != "MOCK":
            body.setdefault("integrationHttpMethod", "POST")
        self.client.put_integration(**place, **body)
        if not body["type"].endswith("_PROXY"):
            for status, response in responses.items():
                headers = dict.fromkeys(response.get("responseParameters") or {}, False)
                self.client.put_method_response(**place, statusCode=status, responseParameters=headers)
                self.client.put_integration_response(**place, statusCode=status, **response)
        return place

    def function(self, verb: str, path: str, arn: str, **method: Any) -> dict[str, str]:
        """A method that is a function's."""
        return self.method(verb, path, {"type": "AWS_PROXY", "uri": self.owner.lambda_uri(arn)}, **method)

    def deploy(self, stage: str = "s", **more: Any) -> Api:
        self.client.create_deployment(restApiId=self.id, stageName=stage, **more)
        self.stage = stage
        return self

    def settings(self, *changes: tuple[str, str]) -> None:
        """Patch the stage: (path, value) pairs."""
        operations = [{"op": "replace", "path": path, "value": value} for path, value in changes]
        self.client.update_stage(restApiId=self.id, stageName=self.stage, patchOperations=operations)

    @property
    def host(self) -> str:
        return f"{self.id}.execute-api.localhost:{self.owner.cloud.port}"

    def call(self, verb: str, path: str, **how: Any) -> httpx.Response:
        headers = {"host": self.host, **(how.pop("headers", None) or {})}
        return self.owner.http.request(verb, f"/{self.stage}{path}", headers=headers, **how)

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.call("GET", path, **how)

    def post(self, path: str, **how: Any) -> httpx.Response:
        return self.call("POST", path, **how)

    def signed(self, verb: str, path: str, session: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        """A call signed with the session's credentials."""
        request = AWSRequest(verb, f"http://{self.host}/{self.stage}{path}", headers=headers or {})
        SigV4Auth(session.get_credentials(), "execute-api", "us-east-1").add_auth(request)
        return self.call(verb, path, headers=dict(request.headers.items()))


def refused(response: httpx.Response, status: int, body: dict[str, Any], error_type: str) -> None:
    """API Gateway's own answer, exactly this one."""
    assert (response.status_code, response.json()) == (status, body)
    assert response.headers["x-amzn-errortype"] == error_type
    assert response.headers["x-amzn-requestid"]
