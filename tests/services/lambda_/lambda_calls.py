"""The vocabulary of the Lambda tests: packages made of source text, and roles."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
ECHO = "def handler(event, context):\n    return event\n"


def package(source: str | dict[str, str] = ECHO, name: str = "index.py") -> bytes:
    """A deployment package with one file, or with several by name."""
    files = {name: source} if isinstance(source, str) else source
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o755 << 16
            made.writestr(entry, text)
    return content.getvalue()


def allow(*actions: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def made_role(iam: Any, name: str = "r", *actions: str) -> str:
    """The ARN of a role that Lambda may assume, allowed these actions."""
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    if actions:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allow(*actions))
    return str(arn)


def invoked(client: Any, name: str, event: Any = None, **more: Any) -> dict[str, Any]:
    """An invocation's answer, its payload read."""
    answer: dict[str, Any] = client.invoke(
        FunctionName=name, Payload=json.dumps(event if event is not None else {}), **more
    )
    text = answer["Payload"].read()
    answer["Payload"] = json.loads(text) if text else None
    return answer
