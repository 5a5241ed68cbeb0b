"""Functions as targets: EventBridge invokes them as itself, and the function's policy decides."""

from __future__ import annotations

import io
import json
import zipfile

from tests.services.events.events_calls import put, rule_to

CODE = "def handler(event, context):\n    print('got', event['detail']['n'])\n"


def made_function(aws, account):
    iam = aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}  # fmt: skip
    iam.create_role(RoleName="f", AssumeRolePolicyDocument=json.dumps(trust))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("m.py", CODE)
    made = aws.client("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Handler="m.handler", Role=f"arn:aws:iam::{account}:role/f",
        Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    return made["FunctionArn"]


def test_a_function_is_invoked_whose_policy_lets_the_rule_in(events, aws, account, queue, cloud):
    dead, function = queue("dead"), made_function(aws, account)
    rule = rule_to(events, function, DeadLetterConfig={"Arn": dead.arn})
    put(events, {"n": 1})
    assert [m["MessageAttributes"]["ERROR_CODE"]["StringValue"] for m in dead.messages()] == ["NO_PERMISSIONS"]
    aws.client("lambda").add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com",
        SourceArn=rule,
    )  # fmt: skip
    put(events, {"n": 2})
    assert dead.messages() == []
    accepted = [
        span
        for span in cloud.spans(service="lambda", operation="Invoke", principal="events.amazonaws.com")
        if span.account == account and span.error_code in (None, "")
    ]
    assert [json.loads(span.input["Payload"])["detail"] for span in accepted] == [{"n": 2}]
