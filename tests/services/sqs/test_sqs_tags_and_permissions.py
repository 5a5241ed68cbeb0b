"""TagQueue, UntagQueue, ListQueueTags, AddPermission, RemovePermission."""

import json

import pytest

from tests.services.sqs.sqs_calls import NO_QUEUE, arn_of, attributes, invalid, refused

KEY_RULE = (
    "Tag keys must be between 1 and 128 characters in length. Tag values must be between 0 and 256 characters in "
    "length."
)  # fmt: skip


def tags(sqs, url):
    return sqs.list_queue_tags(QueueUrl=url).get("Tags", {})


def policy(sqs, url):
    return json.loads(attributes(sqs, url)["Policy"])


# Tags


@pytest.mark.parametrize("pair", [("", "v"), ("k" * 129, "v"), ("k", "v" * 257)])
def test_tags_have_their_lengths(sqs, create, pair):
    with refused("InvalidParameterValue", KEY_RULE):
        sqs.tag_queue(QueueUrl=create("q"), Tags=dict([pair]))


def test_the_aws_prefix_is_reserved(sqs):
    with refused("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for system use."):
        sqs.create_queue(QueueName="q", tags={"AWS:x": "y"})


def test_a_queue_has_at_most_50_tags(sqs, create):
    url = create("q")
    sqs.tag_queue(QueueUrl=url, Tags={f"k{n}": "" for n in range(50)})
    sqs.tag_queue(QueueUrl=url, Tags={"k0": "changed"})
    message = "Too many tags added for queue. Maximum number of tags allowed is 50."
    with refused("InvalidParameterValue", message):
        sqs.tag_queue(QueueUrl=url, Tags={"one": "more"})
    assert len(tags(sqs, url)) == 50


def test_tagging_needs_tags_and_a_queue(sqs, create):
    url = create("q")
    with refused("MissingParameter", "The request must contain the parameter TagKeys."):
        sqs.untag_queue(QueueUrl=url, TagKeys=[])
    with refused("MissingParameter", "The request must contain the parameter Tags."):
        sqs.tag_queue(QueueUrl=url, Tags={})
    for call in (lambda u: sqs.list_queue_tags(QueueUrl=u), lambda u: sqs.tag_queue(QueueUrl=u, Tags={"a": "b"})):
        with refused(NO_QUEUE):
            call(url + "x")


def test_tags_are_added_replaced_and_taken_away(sqs, create):
    url = create("q")
    assert tags(sqs, url) == {}
    sqs.tag_queue(QueueUrl=url, Tags={"team": "red", "cost": "1"})
    sqs.tag_queue(QueueUrl=url, Tags={"team": "blue", "Team": "green"})
    assert tags(sqs, url) == {"team": "blue", "cost": "1", "Team": "green"}
    sqs.untag_queue(QueueUrl=url, TagKeys=["cost", "unknown"])
    assert tags(sqs, url) == {"team": "blue", "Team": "green"}


def test_a_queue_is_born_with_tags_that_are_not_compared(sqs):
    # Tags are no attributes: creating the queue again with others is fine and changes nothing.
    url = sqs.create_queue(QueueName="q", tags={"a": "1"})["QueueUrl"]
    assert sqs.create_queue(QueueName="q", tags={"b": "2"})["QueueUrl"] == url
    assert tags(sqs, url) == {"a": "1"}


def test_tags_do_not_modify_the_queue(sqs, create, frozen_clock):
    url = create("q")
    before = attributes(sqs, url)["LastModifiedTimestamp"]
    frozen_clock.advance(10)
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1"})
    assert attributes(sqs, url)["LastModifiedTimestamp"] == before


# AddPermission


def permit(sqs, url, label="L", accounts=("111122223333",), actions=("SendMessage",)):
    sqs.add_permission(QueueUrl=url, Label=label, AWSAccountIds=list(accounts), Actions=list(actions))


def test_actions_of_the_owner_cannot_be_given_away(sqs, create):
    reason = "Only the queue owner is allowed to invoke this action."
    with refused(*invalid("SQS:DeleteQueue", "ActionName", reason)):
        permit(sqs, create("q"), actions=["SendMessage", "DeleteQueue"])


def test_actions_that_there_are_not_cannot_be_given_away(sqs, create):
    # There is no permission for the batches: those ask for that of the single operation.
    reason = "Please refer to the appropriate WSDL for a list of valid actions."
    with refused(*invalid("SQS:SendMessageBatch", "ActionName", reason)):
        permit(sqs, create("q"), actions=["SendMessageBatch"])


def test_a_permission_has_at_most_seven_actions(sqs, create):
    actions = [
        "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes",
        "GetQueueUrl", "PurgeQueue", "ListDeadLetterSourceQueues",
    ]  # fmt: skip
    with refused("InvalidParameterValue", "8 Actions were found, maximum allowed is 7."):
        permit(sqs, create("q"), actions=actions)
    permit(sqs, create("q"), actions=actions[:7])


@pytest.mark.parametrize("grantee", ["12345", "*", "arn:aws:iam::111122223333:user/x"])
def test_a_permission_is_given_to_accounts(sqs, create, grantee):
    with refused(*invalid(f"[{grantee}]", "PrincipalId", "Unable to verify principal.")):
        permit(sqs, create("q"), accounts=[grantee])


@pytest.mark.parametrize("label", ["with space", "a" * 81, "dot.ted"])
def test_a_label_is_named_like_a_queue(sqs, create, label):
    reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    with refused(*invalid(label, "Label", reason)):
        permit(sqs, create("q"), label=label)


def test_nothing_of_a_permission_may_be_missing(sqs, create):
    url = create("q")
    for name, change in (("Label", {"label": ""}), ("AWSAccountIds", {"accounts": []}), ("Actions", {"actions": []})):
        with refused("MissingParameter", f"The request must contain the parameter {name}."):
            permit(sqs, url, **change)


def test_a_label_is_used_once(sqs, create):
    url = create("q")
    permit(sqs, url)
    with refused(*invalid("L", "Label", "Already exists.")):
        permit(sqs, url, accounts=["444455556666"])


def test_a_permission_becomes_a_statement_of_the_policy(sqs, create):
    url = create("q")
    arn = arn_of(sqs, url)
    permit(sqs, url)
    permit(sqs, url, "Two", ["111122223333", "444455556666"], ["SendMessage", "ReceiveMessage"])
    assert policy(sqs, url) == {
        "Version": "2012-10-17",
        "Id": f"{arn}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "L",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": "SQS:SendMessage",
                "Resource": arn,
            },
            {
                "Sid": "Two",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]},
                "Action": ["SQS:SendMessage", "SQS:ReceiveMessage"],
                "Resource": arn,
            },
        ],
    }


def test_a_permission_is_added_to_the_policy_there_is(sqs, create):
    own = {"Sid": "own", "Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue", "Resource": "*"}
    url = create("q", Policy=json.dumps({"Version": "2012-10-17", "Statement": own}))
    permit(sqs, url)
    assert [statement["Sid"] for statement in policy(sqs, url)["Statement"]] == ["own", "L"]
    sqs.remove_permission(QueueUrl=url, Label="own")
    assert [statement["Sid"] for statement in policy(sqs, url)["Statement"]] == ["L"]


# RemovePermission


def test_a_label_that_no_statement_has_cannot_be_removed(sqs, create):
    with refused(*invalid("L", "Label", "can't find label on existing policy.")):
        sqs.remove_permission(QueueUrl=create("q"), Label="L")
    with refused("MissingParameter", "The request must contain the parameter Label."):
        sqs.remove_permission(QueueUrl=create("q"), Label="")


def test_the_last_permission_takes_the_policy_with_it(sqs, create):
    url = create("q")
    permit(sqs, url)
    sqs.remove_permission(QueueUrl=url, Label="L")
    assert "Policy" not in attributes(sqs, url)
