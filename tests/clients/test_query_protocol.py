"""SQS's query protocol, as SDKs before November 2023 and many tools speak it: signed forms in, XML out.

Names and shapes are those of the API reference's examples at the time:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
"""

from __future__ import annotations

import json
from hashlib import md5
from http.client import HTTPConnection
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.services.sqs.sqs_calls import signed_form

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


class Client:
    """Signs a form, posts it and gives back the status and the answer as nested lists of (tag, content)."""

    def __init__(self, cloud: Any, account: str) -> None:
        self._cloud, self.account = cloud, account

    def post(self, action: str, path: str = "/", **form: Any) -> tuple[int, list[Any]]:
        parameters = {"Action": action, "Version": "2012-11-05"}
        parameters |= {name.replace("_", "."): str(value) for name, value in form.items()}
        headers, body = signed_form(self._cloud.endpoint, self.account, parameters, path)
        connection = HTTPConnection("localhost", self._cloud.port)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            assert response.getheader("Content-Type") == "text/xml"
            self.request_id = response.getheader("x-amzn-RequestId")
            root = ElementTree.fromstring(response.read())
            return response.status, [root.tag.removeprefix(NAMESPACE), tree(root)]
        finally:
            connection.close()

    def call(self, action: str, path: str = "/", **form: Any) -> list[Any]:
        """The content of the result element; what is around it is checked."""
        status, (name, content) = self.post(action, path, **form)
        assert (status, name) == (200, f"{action}Response"), content
        assert content[-1] == ("ResponseMetadata", [("RequestId", self.request_id)])
        if content[0][0] == "ResponseMetadata":
            return []
        assert [tag for tag, _ in content] == [f"{action}Result", "ResponseMetadata"]
        return content[0][1] or []


def tree(element: ElementTree.Element) -> Any:
    children = [(child.tag.removeprefix(NAMESPACE), tree(child)) for child in element]
    return children or (element.text or "")


@pytest.fixture
def query(cloud: Any, account: str) -> Client:
    return Client(cloud, account)


@pytest.fixture
def path(query: Client) -> str:
    """The path of a queue "q", by which requests address it."""
    query.call("CreateQueue", QueueName="q")
    return f"/{query.account}/q"


def pairs(content: list[Any], tag: str = "Attribute") -> dict[str, str]:
    """`<Attribute><Name>…</Name><Value>…</Value></Attribute>`, repeated."""
    assert all(name == tag and [part for part, _ in inner] in (["Name", "Value"], ["Key", "Value"])
               for name, inner in content)  # fmt: skip
    return {inner[0][1]: inner[1][1] for _, inner in content}


def md5_of(text: str) -> str:
    return md5(text.encode()).hexdigest()


# Queues


def test_create_queue_takes_numbered_attributes_and_tags(query):
    url = f"{query._cloud.endpoint}/{query.account}/q.fifo"
    form = {
        "QueueName": "q.fifo", "Attribute.1.Name": "FifoQueue", "Attribute.1.Value": "true",
        "Attribute.2.Name": "DelaySeconds", "Attribute.2.Value": "5", "Tag.1.Key": "team", "Tag.1.Value": "red",
    }  # fmt: skip
    assert query.call("CreateQueue", **form) == [("QueueUrl", url)]
    found = pairs(query.call("GetQueueAttributes", f"/{query.account}/q.fifo", **{"AttributeName.1": "All"}))
    assert (found["FifoQueue"], found["DelaySeconds"]) == ("true", "5")
    assert query.call("ListQueueTags", f"/{query.account}/q.fifo") == [("Tag", [("Key", "team"), ("Value", "red")])]


def test_get_queue_url_and_list_queues(query, path):
    url = query._cloud.endpoint + path
    assert query.call("GetQueueUrl", QueueName="q") == [("QueueUrl", url)]
    query.call("CreateQueue", QueueName="r")
    other = url.removesuffix("q") + "r"
    assert query.call("ListQueues") == [("QueueUrl", url), ("QueueUrl", other)]
    assert query.call("ListQueues", QueueNamePrefix="r") == [("QueueUrl", other)]
    first = query.call("ListQueues", MaxResults=1)
    assert [tag for tag, _ in first] == ["QueueUrl", "NextToken"]
    assert query.call("ListQueues", MaxResults=1, NextToken=first[1][1]) == [("QueueUrl", other)]
    assert query.call("ListQueues", QueueNamePrefix="none") == []


def test_attributes_are_read_and_set(query, path):
    wanted = {"AttributeName.1": "VisibilityTimeout", "AttributeName.2": "DelaySeconds"}
    assert pairs(query.call("GetQueueAttributes", path, **wanted)) == {"VisibilityTimeout": "30", "DelaySeconds": "0"}
    numbered = {"Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": 35}
    numbered |= {"Attribute.2.Name": "DelaySeconds", "Attribute.2.Value": 1}
    assert query.call("SetQueueAttributes", path, **numbered) == []
    assert pairs(query.call("GetQueueAttributes", path, **wanted)) == {"VisibilityTimeout": "35", "DelaySeconds": "1"}


def test_a_queue_is_addressed_by_parameter_too(query, path):
    url = query._cloud.endpoint + path
    assert query.call("SendMessage", QueueUrl=url, MessageBody="x")[-1][0] == "MessageId"
    assert query.call("PurgeQueue", QueueUrl=url) == []


def test_purge_and_delete_queue(query, path):
    assert query.call("PurgeQueue", path) == []
    assert query.call("DeleteQueue", path) == []
    assert query.call("ListQueues") == []


def test_tags(query, path):
    tags = {"Tag.1.Key": "a", "Tag.1.Value": "1", "Tag.2.Key": "b", "Tag.2.Value": "2"}
    assert query.call("TagQueue", path, **tags) == []
    assert query.call("UntagQueue", path, **{"TagKey.1": "a"}) == []
    assert query.call("ListQueueTags", path) == [("Tag", [("Key", "b"), ("Value", "2")])]


def test_permissions(query, path):
    form = {
        "Label": "l", "AWSAccountId.1": "111122223333", "AWSAccountId.2": "444455556666", "ActionName.1": "SendMessage",
        "ActionName.2": "ReceiveMessage",
    }  # fmt: skip
    assert query.call("AddPermission", path, **form) == []
    [(_, policy)] = pairs(query.call("GetQueueAttributes", path, **{"AttributeName.1": "Policy"})).items()
    [statement] = json.loads(policy)["Statement"]
    assert statement["Action"] == ["SQS:SendMessage", "SQS:ReceiveMessage"]
    assert statement["Principal"] == {
        "AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]
    }  # fmt: skip
    assert query.call("RemovePermission", path, Label="l") == []


# Messages


def test_a_message_with_attributes_is_sent_and_received(query, path):
    form = {
        "MessageBody": "This is a test <message> & more", "DelaySeconds": "0",
        "MessageAttribute.1.Name": "city", "MessageAttribute.1.Value.DataType": "String",
        "MessageAttribute.1.Value.StringValue": "Any City",
        "MessageAttribute.2.Name": "raw", "MessageAttribute.2.Value.DataType": "Binary",
        "MessageAttribute.2.Value.BinaryValue": "AAH/",
        "MessageSystemAttribute.1.Name": "AWSTraceHeader", "MessageSystemAttribute.1.Value.DataType": "String",
        "MessageSystemAttribute.1.Value.StringValue": "Root=1-67891233-abcdef012345678912345678",
    }  # fmt: skip
    sent = dict(query.call("SendMessage", path, **form))
    assert set(sent) == {"MD5OfMessageBody", "MD5OfMessageAttributes", "MD5OfMessageSystemAttributes", "MessageId"}
    assert sent["MD5OfMessageBody"] == md5_of(form["MessageBody"])

    wanted = {"MaxNumberOfMessages": 5, "VisibilityTimeout": 15, "MessageAttributeName.1": "All"}
    [(tag, message)] = query.call("ReceiveMessage", path, **wanted, **{"AttributeName.1": "All"})
    assert tag == "Message"
    fields = dict(message)
    assert fields["MessageId"] == sent["MessageId"]
    assert fields["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert fields["Body"] == form["MessageBody"]
    assert fields["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    system = pairs([(name, inner) for name, inner in message if name == "Attribute"])
    assert set(system) == {
        "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "AWSTraceHeader",
    }  # fmt: skip
    user = [inner for name, inner in message if name == "MessageAttribute"]
    assert user == [
        [("Name", "city"), ("Value", [("StringValue", "Any City"), ("DataType", "String")])],
        [("Name", "raw"), ("Value", [("BinaryValue", "AAH/"), ("DataType", "Binary")])],
    ]
    assert (
        query.call("ChangeMessageVisibility", path, ReceiptHandle=fields["ReceiptHandle"], VisibilityTimeout=60) == []
    )
    assert query.call("DeleteMessage", path, ReceiptHandle=fields["ReceiptHandle"]) == []
    assert query.call("ReceiveMessage", path, WaitTimeSeconds=0) == []


def test_a_fifo_message_is_answered_with_its_sequence_number(query):
    path = f"/{query.account}/q.fifo"
    query.call("CreateQueue", QueueName="q.fifo", **{"Attribute.1.Name": "FifoQueue", "Attribute.1.Value": "true"})
    sent = query.call("SendMessage", path, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")
    assert [tag for tag, _ in sent] == ["MD5OfMessageBody", "MessageId", "SequenceNumber"]
    names = {"MessageSystemAttributeName.1": "SequenceNumber", "MessageSystemAttributeName.2": "MessageGroupId"}
    [(_, message)] = query.call("ReceiveMessage", path, ReceiveRequestAttemptId="a", **names)
    attributes = pairs([(name, inner) for name, inner in message if name == "Attribute"])
    assert attributes == {"SequenceNumber": dict(sent)["SequenceNumber"], "MessageGroupId": "g"}


def test_batches_have_results_and_errors_per_entry(query, path):
    name = "SendMessageBatchRequestEntry"
    sent = query.call("SendMessageBatch", path, **{
        f"{name}.1.Id": "one", f"{name}.1.MessageBody": "1",
        f"{name}.2.Id": "two", f"{name}.2.MessageBody": "2", f"{name}.2.DelaySeconds": "0",
        f"{name}.2.MessageAttribute.1.Name": "a", f"{name}.2.MessageAttribute.1.Value.StringValue": "v",
        f"{name}.2.MessageAttribute.1.Value.DataType": "String",
        f"{name}.3.Id": "bad", f"{name}.3.MessageBody": "3", f"{name}.3.DelaySeconds": "901",
    })  # fmt: skip
    one, two, bad = sent
    assert [tag for tag, _ in sent] == ["SendMessageBatchResultEntry"] * 2 + ["BatchResultErrorEntry"]
    assert (dict(one[1])["Id"], dict(one[1])["MD5OfMessageBody"]) == ("one", md5_of("1"))
    assert set(dict(two[1])) == {"Id", "MessageId", "MD5OfMessageBody", "MD5OfMessageAttributes"}
    assert dict(bad[1]) == {
        "Id": "bad", "SenderFault": "true", "Code": "InvalidParameterValue",
        "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    }  # fmt: skip

    received = query.call("ReceiveMessage", path, MaxNumberOfMessages=10)
    handles = [dict(message)["ReceiptHandle"] for _, message in received]
    name = "ChangeMessageVisibilityBatchRequestEntry"
    changed = query.call("ChangeMessageVisibilityBatch", path, **{
        f"{name}.1.Id": "1", f"{name}.1.ReceiptHandle": handles[0], f"{name}.1.VisibilityTimeout": "45",
        f"{name}.2.Id": "2", f"{name}.2.ReceiptHandle": "fake", f"{name}.2.VisibilityTimeout": "45",
    })  # fmt: skip
    assert changed[0] == ("ChangeMessageVisibilityBatchResultEntry", [("Id", "1")])
    assert dict(changed[1][1])["Code"] == "ReceiptHandleIsInvalid"
    name = "DeleteMessageBatchRequestEntry"
    deleted = query.call("DeleteMessageBatch", path, **{
        f"{name}.1.Id": "1", f"{name}.1.ReceiptHandle": handles[0],
        f"{name}.2.Id": "2", f"{name}.2.ReceiptHandle": handles[1],
    })  # fmt: skip
    assert deleted == [("DeleteMessageBatchResultEntry", [("Id", n)]) for n in "12"]


# Dead-letter queues


def test_dead_letter_queues_and_move_tasks(query, path):
    arn = f"arn:aws:sqs:us-east-1:{query.account}:q"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    query.call("CreateQueue", QueueName="src", **{"Attribute.1.Name": "RedrivePolicy", "Attribute.1.Value": policy})
    url = f"{query._cloud.endpoint}/{query.account}/src"
    assert query.call("ListDeadLetterSourceQueues", path) == [("QueueUrl", url)]

    query.call("SendMessage", path, MessageBody="direct")
    started = query.call("StartMessageMoveTask", SourceArn=arn, DestinationArn=arn.removesuffix("q") + "src")
    assert [tag for tag, _ in started] == ["TaskHandle"]
    query._cloud.clock.settle()
    [(tag, task)] = query.call("ListMessageMoveTasks", SourceArn=arn)
    assert tag == "ListMessageMoveTasksResultEntry"
    shown = dict(task)
    assert int(shown.pop("StartedTimestamp")) > 0
    assert shown == {
        "Status": "COMPLETED", "SourceArn": arn, "DestinationArn": arn.removesuffix("q") + "src",
        "ApproximateNumberOfMessagesMoved": "1", "ApproximateNumberOfMessagesToMove": "1",
    }  # fmt: skip


def test_a_move_task_is_cancelled(query, path):
    arn = f"arn:aws:sqs:us-east-1:{query.account}:q"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    query.call("CreateQueue", QueueName="src", **{"Attribute.1.Name": "RedrivePolicy", "Attribute.1.Value": policy})
    for n in range(3):
        query.call("SendMessage", path, MessageBody=str(n))
    query._cloud.clock.freeze()
    try:
        target = arn.removesuffix("q") + "src"
        [(_, handle)] = query.call(
            "StartMessageMoveTask", SourceArn=arn, DestinationArn=target, MaxNumberOfMessagesPerSecond=1
        )  # fmt: skip
        query._cloud.clock.settle()
        assert query.call("CancelMessageMoveTask", TaskHandle=handle) == [("ApproximateNumberOfMessagesMoved", "1")]
    finally:
        query._cloud.clock.resume()


# Errors


def error(query: Client, action: str, path: str = "/", **form: Any) -> tuple[int, dict[str, str]]:
    status, (name, content) = query.post(action, path, **form)
    assert name == "ErrorResponse"
    assert content[1] == ("RequestId", query.request_id)
    assert content[0][0] == "Error"
    return status, dict(content[0][1])


ERRORS = [
    ("GetQueueUrl", {"QueueName": "nowhere"}, 400, "AWS.SimpleQueueService.NonExistentQueue",
     "The specified queue does not exist for this wsdl version."),
    ("CreateQueue", {"QueueName": "q", "Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "9"}, 400,
     "QueueAlreadyExists",
     "A queue already exists with the same name and a different value for attribute DelaySeconds"),
    ("SendMessage", {"MessageBody": "x"}, 400, "MissingParameter",
     "The request must contain the parameter QueueUrl."),
    ("SendMessage", {"QueueUrl": "q"}, 400, "MissingParameter", "The request must contain the parameter MessageBody."),
    ("DeleteMessage", {"QueueUrl": "q", "ReceiptHandle": "fake"}, 404, "ReceiptHandleIsInvalid",
     'The input receipt handle "fake" is not a valid receipt handle.'),
    ("GetQueueAttributes", {"QueueUrl": "q", "AttributeName.1": "Colour"}, 400, "InvalidAttributeName",
     "Unknown Attribute Colour."),
    ("SendMessageBatch", {"QueueUrl": "q"}, 400, "AWS.SimpleQueueService.EmptyBatchRequest",
     "There should be at least one SendMessageBatchRequestEntry in the request."),
]  # fmt: skip


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: f"{case[0]}-{case[3]}")
def test_an_error_has_its_code_of_old(query, path, case):
    action, form, status, code, message = case
    assert path.endswith("/q")
    assert error(query, action, **form) == (status, {"Type": "Sender", "Code": code, "Message": message})


def test_an_action_that_there_is_not(query):
    status, found = error(query, "SendMail")
    assert (status, found["Code"]) == (400, "InvalidAction")


def test_a_number_that_is_none(query, path):
    status, found = error(query, "ReceiveMessage", path, MaxNumberOfMessages="many")
    assert (status, found["Type"]) == (400, "Sender")


def test_a_wrong_signature(query):
    query.account = "111122223333"
    form = {"Action": "ListQueues", "QueueNamePrefix": "a"}
    headers, body = signed_form(query._cloud.endpoint, query.account, form)
    connection = HTTPConnection("localhost", query._cloud.port)
    connection.request("POST", "/", body.replace(b"=a", b"=b"), headers)
    response = connection.getresponse()
    assert response.status == 403
    assert ElementTree.fromstring(response.read()).find(f"{NAMESPACE}Error/{NAMESPACE}Code").text == (
        "SignatureDoesNotMatch"
    )
    connection.close()
