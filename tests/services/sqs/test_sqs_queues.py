"""CreateQueue, GetQueueUrl, ListQueues, GetQueueAttributes, SetQueueAttributes, PurgeQueue, DeleteQueue."""

import json

import pytest

from tests.services.sqs.sqs_calls import NO_QUEUE, arn_of, attributes, bodies, counts, invalid, refused

NAME_RULE = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
FIFO_NAME_RULE = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo "
    "suffix and be 1 to 80 in length."
)
WHOLE_NUMBERS = [
    ("VisibilityTimeout", "0", "43200", ["-1", "43201", "1.5", "x", ""]),
    ("MaximumMessageSize", "1024", "1048576", ["1023", "1048577"]),
    ("MessageRetentionPeriod", "60", "1209600", ["59", "1209601"]),
    ("DelaySeconds", "0", "900", ["-1", "901"]),
    ("ReceiveMessageWaitTimeSeconds", "0", "20", ["-1", "21"]),
    ("KmsDataKeyReusePeriodSeconds", "60", "86400", ["59", "86401"]),
]


# CreateQueue: wrong input


@pytest.mark.parametrize("name", ["a" * 81, "with space", "dotted.name", "ünicode", "slash/ed", "q.fifo"])
def test_a_queue_name_holds_letters_digits_hyphens_and_underscores(sqs, name):
    # A name that ends in .fifo is no name of a standard queue either.
    with refused("InvalidParameterValue", NAME_RULE):
        sqs.create_queue(QueueName=name)


@pytest.mark.parametrize("name", ["q", "a" * 76 + ".fifo", ".fifo", "a.b.fifo"])
def test_a_fifo_queue_name_ends_in_fifo(sqs, name):
    with refused("InvalidParameterValue", FIFO_NAME_RULE):
        sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})


def test_a_queue_needs_a_name(sqs):
    with refused("MissingParameter", "The request must contain the parameter QueueName."):
        sqs.create_queue(QueueName="")


def test_an_unknown_attribute_is_named(sqs):
    with refused("InvalidAttributeName", "Unknown Attribute Colour.", query_error="InvalidAttributeName"):
        sqs.create_queue(QueueName="q", Attributes={"Colour": "red"})


@pytest.mark.parametrize(
    "name", ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"]
)
def test_a_standard_queue_knows_no_fifo_attribute(sqs, name):
    # Not even FifoQueue=false, which CloudFormation templates stumble over.
    with refused("InvalidAttributeName", f"Unknown Attribute {name}."):
        sqs.create_queue(QueueName="q", Attributes={name: "false"})


@pytest.mark.parametrize("name", ["QueueArn", "CreatedTimestamp", "ApproximateNumberOfMessages", "All"])
def test_what_the_queue_says_of_itself_cannot_be_set(sqs, name):
    with refused("InvalidAttributeName", f"Unknown Attribute {name}."):
        sqs.create_queue(QueueName="q", Attributes={name: "1"})


@pytest.mark.parametrize(("name", "least", "most", "wrong"), WHOLE_NUMBERS)
def test_numeric_attributes_have_their_ranges(sqs, name, least, most, wrong):
    for value in wrong:
        with refused("InvalidAttributeValue", f"Invalid value for the parameter {name}."):
            sqs.create_queue(QueueName="q", Attributes={name: value})
    for at, value in enumerate((least, most)):
        url = sqs.create_queue(QueueName=f"q{at}", Attributes={name: value})["QueueUrl"]
        assert attributes(sqs, url)[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FifoQueue", "false"),
        ("ContentBasedDeduplication", "yes"),
        ("DeduplicationScope", "group"),
        ("FifoThroughputLimit", "fast"),
        ("SqsManagedSseEnabled", "on"),
    ],
)
def test_fifo_attributes_have_their_values(sqs, name, value):
    if name == "FifoQueue":
        with refused("InvalidParameterValue", NAME_RULE):
            sqs.create_queue(QueueName="q.fifo", Attributes={name: value})
        return
    with refused("InvalidAttributeValue", f"Invalid value for the parameter {name}."):
        sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true", name: value})


def test_high_throughput_per_group_needs_deduplication_per_group(sqs, create):
    with refused("InvalidAttributeValue", "Invalid value for the parameter FifoThroughputLimit."):
        create("q.fifo", FifoThroughputLimit="perMessageGroupId")
    url = create("q.fifo", FifoThroughputLimit="perMessageGroupId", DeduplicationScope="messageGroup")
    with refused("InvalidAttributeValue", "Invalid value for the parameter FifoThroughputLimit."):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "queue"})


@pytest.mark.parametrize("text", ["{", "[]", '{"Version": "2012-10-17"}', '{"Statement": [{"Effect": "Maybe"}]}'])
def test_a_malformed_policy_is_refused(sqs, text):
    with refused("InvalidAttributeValue", "Invalid value for the parameter Policy."):
        sqs.create_queue(QueueName="q", Attributes={"Policy": text})


def test_a_key_and_sqs_own_encryption_exclude_each_other(sqs):
    with refused("InvalidAttributeValue", "Invalid value for the parameter SqsManagedSseEnabled."):
        sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": "alias/k", "SqsManagedSseEnabled": "true"})


# CreateQueue: wrong state


def test_a_queue_cannot_be_created_again_with_another_attribute(sqs, create):
    create("q", VisibilityTimeout=40)
    message = "A queue already exists with the same name and a different value for attribute VisibilityTimeout"
    with refused("QueueAlreadyExists", message, query_error="QueueNameExists"):
        create("q", VisibilityTimeout=41)
    # An attribute that was never set has its default, and that is what is compared.
    message = "A queue already exists with the same name and a different value for attribute DelaySeconds"
    with refused("QueueAlreadyExists", message):
        create("q", DelaySeconds=1)


# CreateQueue: behaviour


def test_a_queue_url_names_the_account_and_the_queue(sqs, create, account):
    url = create("orders")
    assert url.endswith(f"/{account}/orders")
    assert arn_of(sqs, url) == f"arn:aws:sqs:us-east-1:{account}:orders"


def test_creating_a_queue_again_gives_its_url(sqs, create):
    url = create("q", VisibilityTimeout=40, DelaySeconds=1)
    sqs.send_message(QueueUrl=url, MessageBody="kept", DelaySeconds=0)
    assert create("q") == url
    assert create("q", VisibilityTimeout=40) == url
    assert create("q", VisibilityTimeout=40, DelaySeconds=1, MessageRetentionPeriod=345600) == url
    assert bodies(sqs, url) == ["kept"]


def test_policies_compare_as_documents_when_a_queue_is_created_again(sqs, create, account):
    dlq = arn_of(sqs, create("dlq"))
    url = create("q", RedrivePolicy=json.dumps({"deadLetterTargetArn": dlq, "maxReceiveCount": "3"}))
    assert create("q", RedrivePolicy=json.dumps({"maxReceiveCount": 3, "deadLetterTargetArn": dlq})) == url


def test_a_new_standard_queue_has_the_defaults(sqs, create, frozen_clock, account):
    now = str(int(frozen_clock.now()))
    assert attributes(sqs, create("q")) == {
        "QueueArn": f"arn:aws:sqs:us-east-1:{account}:q",
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "CreatedTimestamp": now,
        "LastModifiedTimestamp": now,
        "VisibilityTimeout": "30",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
    }


def test_a_new_fifo_queue_has_the_fifo_defaults(sqs, create):
    found = attributes(sqs, create("q.fifo"))
    assert found["FifoQueue"] == "true"
    assert found["ContentBasedDeduplication"] == "false"
    assert found["DeduplicationScope"] == "queue"
    assert found["FifoThroughputLimit"] == "perQueue"


def test_a_key_takes_the_place_of_sqs_own_encryption(sqs, create):
    url = create("q", KmsMasterKeyId="alias/aws/sqs")
    found = attributes(sqs, url)
    assert (found["KmsMasterKeyId"], found["KmsDataKeyReusePeriodSeconds"]) == ("alias/aws/sqs", "300")
    assert found["SqsManagedSseEnabled"] == "false"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    found = attributes(sqs, url)
    assert found["SqsManagedSseEnabled"] == "true"
    assert "KmsMasterKeyId" not in found


# GetQueueUrl


def test_the_url_of_a_queue_is_found_by_name(sqs, create, account):
    url = create("q")
    assert sqs.get_queue_url(QueueName="q")["QueueUrl"] == url
    assert sqs.get_queue_url(QueueName="q", QueueOwnerAWSAccountId=account)["QueueUrl"] == url


def test_there_is_no_url_of_a_queue_that_does_not_exist(sqs):
    with refused(NO_QUEUE, "The specified queue does not exist.", query_error="QueueDoesNotExist"):
        sqs.get_queue_url(QueueName="nowhere")
    with refused("MissingParameter", "The request must contain the parameter QueueName."):
        sqs.get_queue_url(QueueName="")


@pytest.mark.parametrize("url", ["http://localhost/nowhere", "http://localhost/12/q", "http://localhost/", "nowhere"])
def test_a_url_that_leads_to_no_queue_is_refused(sqs, create, url):
    create("q")
    with refused(NO_QUEUE, "The specified queue does not exist.", query_error="QueueDoesNotExist"):
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])


def test_a_call_needs_a_queue_url(sqs):
    with refused("MissingParameter", "The request must contain the parameter QueueUrl."):
        sqs.receive_message(QueueUrl="")


def test_a_queue_answers_under_every_form_of_its_url(sqs, create, account):
    # The SDKs send the URL as it was given; the host says nothing but, in AWS's own forms, the region.
    create("q")
    for url in (
        "q",
        f"http://localhost:4566/{account}/q",
        f"https://sqs.us-east-1.amazonaws.com/{account}/q",
        f"https://us-east-1.queue.amazonaws.com/{account}/q",
        f"http://sqs.us-east-1.localhost.localstack.cloud:4566/{account}/q/",
    ):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert counts(sqs, "q")[0] == 5


# ListQueues


def test_queues_are_listed_by_name(sqs, create):
    assert "QueueUrls" not in sqs.list_queues()
    urls = [create(name) for name in ("b", "a", "ab", "abc")]
    assert sqs.list_queues()["QueueUrls"] == sorted(urls)
    assert sqs.list_queues(QueueNamePrefix="ab")["QueueUrls"] == [urls[2], urls[3]]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="zz")
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="A")  # names are case-sensitive


def test_queues_are_listed_in_pages(sqs, create):
    urls = [create(f"q{n}") for n in range(5)]
    pages = [page.get("QueueUrls", []) for page in sqs.get_paginator("list_queues").paginate(MaxResults=2)]
    # botocore sends MaxResults itself only with a page size; by hand:
    first = sqs.list_queues(MaxResults=2, QueueNamePrefix="q")
    assert first["QueueUrls"] == urls[:2]
    second = sqs.list_queues(MaxResults=2, QueueNamePrefix="q", NextToken=first["NextToken"])
    assert second["QueueUrls"] == urls[2:4]
    third = sqs.list_queues(MaxResults=2, QueueNamePrefix="q", NextToken=second["NextToken"])
    assert third["QueueUrls"] == urls[4:]
    assert "NextToken" not in third
    assert [url for page in pages for url in page] == urls


def test_a_full_last_page_has_no_next_token(sqs, create):
    create("a")
    create("b")
    assert "NextToken" not in sqs.list_queues(MaxResults=2)


def test_pages_have_their_limits(sqs):
    for size in (0, 1001):
        with refused(*invalid(size, "MaxResults", "MaxResults must be an integer between 1 and 1000.")):
            sqs.list_queues(MaxResults=size)
    message = "MaxResults is a mandatory parameter when you provide a value for NextToken."
    with refused("InvalidParameterValue", message):
        sqs.list_queues(NextToken="eA==")
    with refused("InvalidParameterValue", "Invalid or expired next token."):
        sqs.list_queues(MaxResults=5, NextToken="!")


# GetQueueAttributes, SetQueueAttributes


def test_only_what_is_asked_for_is_shown(sqs, create):
    url = create("q")
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url)
    assert attributes(sqs, url, "DelaySeconds", "VisibilityTimeout") == {"DelaySeconds": "0", "VisibilityTimeout": "30"}
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    with refused("InvalidAttributeName", "Unknown Attribute Colour."):
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Colour"])


def test_attributes_are_set_and_the_queue_is_modified(sqs, create, frozen_clock):
    url = create("q")
    created = attributes(sqs, url)["CreatedTimestamp"]
    frozen_clock.advance(100)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60", "DelaySeconds": "1"})
    found = attributes(sqs, url)
    assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("60", "1")
    assert found["CreatedTimestamp"] == created
    assert found["LastModifiedTimestamp"] == str(int(frozen_clock.now()))


def test_one_wrong_attribute_spoils_the_whole_change(sqs, create):
    url = create("q")
    with refused("InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60", "DelaySeconds": "901"})
    assert attributes(sqs, url)["VisibilityTimeout"] == "30"


def test_a_change_needs_attributes(sqs, create):
    with refused("MissingParameter", "The request must contain the parameter Attributes."):
        sqs.set_queue_attributes(QueueUrl=create("q"), Attributes={})


def test_the_type_of_a_queue_is_for_life(sqs, create):
    with refused("InvalidAttributeName", "Unknown Attribute FifoQueue."):
        sqs.set_queue_attributes(QueueUrl=create("q"), Attributes={"FifoQueue": "true"})
    with refused("InvalidAttributeValue", "Invalid value for the parameter FifoQueue."):
        sqs.set_queue_attributes(QueueUrl=create("q.fifo"), Attributes={"FifoQueue": "false"})


def test_a_policy_is_kept_as_it_was_given(sqs, create, account):
    # AWS gives a policy back character by character, so that tools which compare texts see no change.
    text = (
        '{ "Version":"2012-10-17",\n "Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]}'
    )
    url = create("q", Policy=text)
    assert attributes(sqs, url)["Policy"] == text
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in attributes(sqs, url)


# PurgeQueue


def test_a_purge_takes_every_message_in_whatever_state(sqs, create, frozen_clock):
    url = create("q")
    for delay_s in (0, 0, 60):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay_s)
    sqs.receive_message(QueueUrl=url)
    assert counts(sqs, url) == (1, 1, 1)
    sqs.purge_queue(QueueUrl=url)
    assert counts(sqs, url) == (0, 0, 0)
    frozen_clock.advance(120)
    assert bodies(sqs, url) == []


def test_a_queue_is_purged_once_a_minute(sqs, create, frozen_clock):
    url = create("q")
    sqs.purge_queue(QueueUrl=url)
    frozen_clock.advance(59)
    message = "Only one PurgeQueue operation on q is allowed every 60 seconds."
    code = "AWS.SimpleQueueService.PurgeQueueInProgress"
    with refused(code, message, query_error="PurgeQueueInProgress", status=403):
        sqs.purge_queue(QueueUrl=url)
    frozen_clock.advance(1)
    sqs.purge_queue(QueueUrl=url)


def test_a_handle_from_before_the_purge_deletes_nothing_and_is_no_error(sqs, create):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    sqs.purge_queue(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody="new")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert bodies(sqs, url) == ["new"]


# DeleteQueue


def test_a_deleted_queue_is_gone_with_its_messages(sqs, create):
    url = create("q", VisibilityTimeout=7)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.delete_queue(QueueUrl=url)
    for call in (sqs.get_queue_attributes, sqs.receive_message, sqs.delete_queue, sqs.purge_queue):
        with refused(NO_QUEUE, "The specified queue does not exist."):
            call(QueueUrl=url)
    assert "QueueUrls" not in sqs.list_queues()
    assert create("q") == url
    assert attributes(sqs, url)["VisibilityTimeout"] == "30"
    assert bodies(sqs, url) == []


def test_rows_of_deleted_and_purged_queues_are_swept_away(sqs, create, cloud, clock):
    gone, purged = create("gone"), create("purged.fifo", ContentBasedDeduplication="true")
    for n in range(3):
        sqs.send_message(QueueUrl=gone, MessageBody="x")
        sqs.send_message(QueueUrl=purged, MessageBody=str(n), MessageGroupId="g")

    def rows(c):
        return [q.number for q in c.registry.get("sqs").service.store.queues.where(account=gone.split("/")[-2])]

    numbers = cloud.look(rows)
    sqs.delete_queue(QueueUrl=gone)
    sqs.purge_queue(QueueUrl=purged)
    clock.settle()
    for table in ("sqs_messages", "sqs_groups", "sqs_sent", "sqs_swept"):
        for number in numbers:
            sql = f"SELECT count(*) FROM {table} WHERE queue = ?"
            assert cloud.look(lambda c, sql=sql, number=number: c.store.value(sql, (number,))) == 0
