"""Who may do what: namespaces, alarms by ARN."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def user(aws, cloud):
    """A client of a user with these statements."""

    def make(*statements):
        iam = aws.client("iam")
        iam.create_user(UserName="u")
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName="u")["AccessKey"]
        return cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("cloudwatch")

    return make


def denied(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_user_may_publish_to_one_namespace(user):
    mine = user({"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*",
                 "Condition": {"StringEquals": {"cloudwatch:namespace": "mine"}}})  # fmt: skip
    data = [{"MetricName": "m", "Value": 1}]
    mine.put_metric_data(Namespace="mine", MetricData=data)
    denied(mine.put_metric_data, Namespace="other", MetricData=data)
    denied(mine.list_metrics)


def test_a_user_may_change_one_alarm(user, alarm, account):
    alarm()
    alarm(AlarmName="b")
    mine = user({"Effect": "Allow", "Action": "cloudwatch:*", "Resource": f"arn:aws:cloudwatch:*:{account}:alarm:a"})
    mine.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="r")
    denied(mine.set_alarm_state, AlarmName="b", StateValue="OK", StateReason="r")
    denied(mine.delete_alarms, AlarmNames=["a", "b"])
    denied(mine.describe_alarms)


def test_the_query_protocol_answers_in_xml(cloud, account):
    """What older SDKs and the Terraform provider speak."""
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    def called(body: str) -> tuple[int, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        request = AWSRequest("POST", cloud.endpoint + "/", headers=headers, data=body)
        SigV4Auth(Credentials(account, "test"), "monitoring", "us-east-1").add_auth(request)
        wire = urllib.request.Request(
            cloud.endpoint + "/", data=body.encode(), headers=dict(request.headers), method="POST"
        )
        try:
            with urllib.request.urlopen(wire) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    put = "Action=PutMetricData&Version=2010-08-01&Namespace=n&MetricData.member.1.MetricName=m"
    assert called(f"{put}&MetricData.member.1.Value=3")[0] == 200
    status, text = called("Action=ListMetrics&Version=2010-08-01")
    assert status == 200
    assert "<MetricName>m</MetricName>" in text
    status, text = called(f"{put}&MetricData.member.1.Value=NaN")
    assert status == 400
    assert "<Code>InvalidParameterValue</Code>" in text
