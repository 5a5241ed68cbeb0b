"""Which service and operation a request reaches, and what is said where there is none."""

import gzip
import zlib

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudchamber.gateway.chain import Chain
from cloudchamber.gateway.hosts import Addresses, host_labels, is_region
from cloudchamber.gateway.http import Request
from tests.gateway.raw_http import ask
from tests.gateway.signing import Call, sqs_json

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.mark.parametrize(
    ("host", "labels"),
    [
        ("localhost:4566", []),
        ("127.0.0.1:4566", []),
        ("[::1]:4566", []),
        ("sqs.eu-west-1.localhost:4566", ["sqs", "eu-west-1"]),
        ("SQS.LOCALHOST", ["sqs"]),
        ("sqs.localhost.localstack.cloud:4566", ["sqs"]),
        ("localhost.localstack.cloud:4566", []),
        ("sqs.us-east-1.amazonaws.com", ["sqs", "us-east-1"]),
        ("sqs.cn-north-1.amazonaws.com.cn", ["sqs", "cn-north-1"]),
        ("sqs.us-east-1.api.aws", ["sqs", "us-east-1"]),
        ("evil-localhost", []),
        ("", []),
    ],
)
def test_a_host_is_taken_apart(host, labels):
    assert host_labels(host) == labels


@pytest.mark.parametrize(
    ("text", "expected"),
    [("us-east-1", True), ("ap-southeast-5", True), ("us-gov-west-1", True), ("us-isob-east-1", True),
     ("me-central-1", True), ("il-central-1", True), ("my-bucket-1", False), ("a-b-1", False), ("sqs", False)],
)  # fmt: skip
def test_a_region_is_told_from_other_names(text, expected):
    assert is_region(text) is expected


@pytest.mark.parametrize(
    ("host", "service", "region"),
    [
        ("sqs.eu-west-1.localhost:4566", "sqs", "eu-west-1"),
        ("eu-west-1.sqs.localhost", "sqs", "eu-west-1"),
        ("sqs.localhost", "sqs", None),
        ("my-bucket-1.s3.eu-west-1.localhost", "s3", "eu-west-1"),
        ("eu-west-1.s3.localhost", "s3", "eu-west-1"),
        ("us-east-1.s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"),
        ("monitoring.us-west-2.amazonaws.com", "cloudwatch", "us-west-2"),
    ],
)
def test_a_host_names_service_and_region(host, service, region):
    found = Addresses().locate(Request("GET", "/", [("host", host)], "", False), None)
    assert (found.service, found.region) == (service, region)


def test_an_unsigned_action_names_its_service():
    request = Request("POST", "/", [("host", "localhost")], "", False)
    request.body = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
    assert Addresses().locate(request, None).service == "sts"


def test_what_names_no_service_is_told_so(cloud):
    answer = ask(cloud.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.status == 400
    assert b"<Code>UnknownService</Code><Message>No service could be told from the request" in answer.body
    json = ask(cloud.port, b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Nothing.Known\r\n\r\n")
    assert b'"__type":"UnknownService"' in json.body


def test_options_without_cors_is_a_request_like_any_other(cloud):
    assert ask(cloud.port, b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 400
    assert ask(cloud.port, b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 400


NOT_HERE = {
    "appmesh": ("list_meshes", {}, "ListMeshes"),
    "rekognition": ("list_collections", {}, "ListCollections"),
    "redshift": ("describe_clusters", {}, "DescribeClusters"),
    "comprehend": ("list_endpoints", {}, "ListEndpoints"),
    "mq": ("list_brokers", {}, "ListBrokers"),
    "s3": ("list_buckets", {}, "ListBuckets"),
    "dynamodb": ("list_tables", {}, "ListTables"),
    "lambda": ("list_functions", {}, "ListFunctions"),
    "ec2": ("describe_instances", {}, "DescribeInstances"),
    "cloudwatch": ("list_metrics", {}, "ListMetrics"),
    "route53": ("list_hosted_zones", {}, "ListHostedZones"),
}


@pytest.mark.parametrize("service", NOT_HERE)
def test_a_service_that_aws_has_and_this_cloud_lacks_says_so_in_its_own_protocol(cloud, aws, service):
    if cloud.look(lambda c: service in c.chain._addresses.offered):
        pytest.skip(f"{service} is offered by now")
    method, parameters, operation = NOT_HERE[service]
    client = aws.client(service, config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError) as raised:
        getattr(client, method)(**parameters)
    error = raised.value.response
    assert error["Error"]["Code"] == "NotImplemented"
    assert error["Error"]["Message"] == f"{service}:{operation} exists on AWS and is not implemented in cloudchamber"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_an_operation_that_an_offered_service_lacks_says_so(cloud, aws):
    missing = cloud.look(_missing_operation)
    if missing is None:
        pytest.skip("every operation of the loaded services is offered")
    service, operation = missing
    model = aws.client(service).meta.service_model
    members = model.operation_model(operation).input_shape
    if members is not None and members.required_members:
        pytest.skip("it needs input")
    client = aws.client(service, config=ONCE)
    method = next(m for m, o in client.meta.method_to_api_mapping.items() if o == operation)
    with pytest.raises(ClientError) as raised:
        getattr(client, method)()
    assert raised.value.response["Error"]["Code"] == "NotImplemented"
    assert operation in raised.value.response["Error"]["Message"]


def _missing_operation(cloud):
    for name in ("iam", "sqs"):
        try:
            loaded = cloud.registry.get(name)
        except ImportError:
            continue
        for operation in loaded.model.operation_names:
            shape = loaded.model.operation(operation).input
            if operation not in loaded.methods and (shape is None or not shape.required):
                return name, operation
    return None


def test_an_operation_that_aws_does_not_have_is_unknown(cloud, account):
    answer = ask(cloud.port, sqs_json("Frobnicate", key=account).bytes())
    assert answer.status == 400
    assert b"UnknownOperation" in answer.body
    body = b"Action=Frobnicate&Version=2012-11-05"
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = ask(cloud.port, Call(headers=form, body=body, key=account).bytes())
    assert b"<Code>InvalidAction</Code>" in answer.body


def test_an_action_may_stand_in_the_url(cloud, account):
    call = Call(method="GET", query=[("Action", "ListQueues"), ("Version", "2012-11-05")], body=b"", key=account)
    answer = ask(cloud.port, call.bytes())
    assert (answer.status, b"<ListQueuesResponse" in answer.body) == (200, True)


class TestGzip:
    def call(self, cloud, account, body, encoding="gzip"):
        call = sqs_json("ListQueues", body, key=account)
        call.headers["content-encoding"] = encoding
        return ask(cloud.port, call.bytes())

    def test_a_compressed_body_is_understood(self, cloud, account):
        assert self.call(cloud, account, gzip.compress(b'{"MaxResults": 5}')).status == 200

    def test_several_members_and_layers_are_one_body(self, cloud, account):
        parts = gzip.compress(b'{"MaxRes') + gzip.compress(b'ults": 5}')
        assert self.call(cloud, account, parts).status == 200
        assert self.call(cloud, account, gzip.compress(parts), "gzip, gzip").status == 200

    @pytest.mark.parametrize(
        "body", [b"{}", b"\x1f\x8b", gzip.compress(b"{}" * 100, mtime=0)[:-10], b"\x1f\x8b" + b"\xff" * 50]
    )
    def test_what_is_not_gzip_is_refused(self, cloud, account, body):
        answer = self.call(cloud, account, body)
        assert answer.status == 400
        assert b"SerializationException" in answer.body

    def test_a_bomb_is_refused(self, cloud, account, monkeypatch):
        monkeypatch.setattr("cloudchamber.gateway.chain.INFLATED_BYTES_LIMIT", 1_000_000)
        bomb = gzip.compress(bytes(3_000_000))
        many = gzip.compress(bytes(400_000)) * 4
        for body in (bomb, many, gzip.compress(bomb)):
            answer = self.call(cloud, account, body, "gzip, gzip" if body not in (bomb, many) else "gzip")
            assert answer.status == 413
            assert b"RequestEntityTooLarge" in answer.body

    def test_a_member_after_the_end_that_is_none_is_refused(self, cloud, account):
        body = gzip.compress(b"{}") + zlib.compress(b"x")
        assert self.call(cloud, account, body).status == 400


def test_a_bug_outside_of_a_handler_is_an_internal_failure_with_a_trace(cloud, account, monkeypatch):
    async def broken(self, call):
        raise KeyError("on purpose")

    monkeypatch.setattr(Chain, "_run", broken)
    answer = ask(cloud.port, sqs_json("ListQueues", key=account).bytes())
    assert answer.status == 500
    assert b"InternalFailure" in answer.body
    (span,) = cloud.spans(request_id=answer["x-amzn-RequestId"])
    assert (span.status, span.error_code) == (500, "InternalFailure")
    assert "on purpose" in span.stack


def test_a_body_beyond_every_limit_is_refused_in_the_services_terms(cloud, account, monkeypatch):
    monkeypatch.setattr("cloudchamber.gateway.chain.BODY_BYTES_LIMIT", 100_000)
    answer = ask(cloud.port, sqs_json("ListQueues", b" " * 200_000, key=account).bytes())
    assert answer.status == 413
    assert b"RequestEntityTooLarge" in answer.body
