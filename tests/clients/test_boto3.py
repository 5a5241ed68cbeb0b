"""boto3 over HTTP and HTTPS, on one connection and on many."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, SSLError

ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=16)


@pytest.fixture(params=["http", "https"])
def sqs(request, cloud, aws):
    verify = cloud.ca_certificate if request.param == "https" else None
    return aws.client("sqs", endpoint_url=f"{request.param}://localhost:{cloud.port}", verify=verify, config=ONCE)


def test_a_queue_is_driven_end_to_end(sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for body in ("a", "é日😀", "x" * 1_000_000):
        sqs.send_message(QueueUrl=url, MessageBody=body)
        message = sqs.receive_message(QueueUrl=url)["Messages"][0]
        assert message["Body"] == body
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.delete_queue(QueueUrl=url)


def test_many_threads_share_a_client(sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    with ThreadPoolExecutor(12) as pool:
        sent = list(pool.map(lambda n: sqs.send_message(QueueUrl=url, MessageBody=str(n))["MessageId"], range(120)))
    assert len(set(sent)) == 120
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert attributes == {"ApproximateNumberOfMessages": "120"}


def test_errors_have_their_code_and_status(sqs):
    with pytest.raises(ClientError) as raised:
        sqs.get_queue_url(QueueName="nowhere")
    error = raised.value.response
    assert error["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["ResponseMetadata"]["RequestId"]


def test_a_client_without_the_authority_does_not_trust_the_cloud(cloud, aws):
    cloud.ca_certificate  # noqa: B018 - there is one
    untrusting = aws.client("sqs", endpoint_url=f"https://localhost:{cloud.port}", config=ONCE)
    with pytest.raises(SSLError):
        untrusting.list_queues()


def test_a_dropped_call_is_a_closed_connection(aws, account, faults):
    sqs = aws.client("sqs", config=ONCE)
    faults.add("drop", service="sqs", account=account)
    with pytest.raises(ConnectionClosedError):
        sqs.list_queues()


def test_a_compressed_request_is_understood(aws, cloud):
    """botocore compresses where the model allows it; there the service is not offered, and says so all the same."""
    cloudwatch = aws.client(
        "cloudwatch", config=Config(retries={"total_max_attempts": 1}, request_min_compression_size_bytes=1)
    )
    if cloud.look(lambda c: "cloudwatch" in c.chain._addresses.offered):
        pytest.skip("cloudwatch is offered by now")
    with pytest.raises(ClientError) as raised:
        cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m" * 500}])
    assert raised.value.response["Error"]["Code"] == "NotImplemented"
