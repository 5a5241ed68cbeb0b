"""Who may do what: users under AWS's ARNs, services through resource policies, the cloud's own writers."""

import pytest

from cloudchamber.core.errors import AccessDenied
from cloudchamber.identity.principals import service
from tests.services.calls import policy, refused
from tests.services.logs.logs_calls import put, statement

DELIVERY = "delivery.logs.amazonaws.com"


def denied(arn, action, resource):
    return (
        "AccessDeniedException",
        (
            f"User: {arn} is not authorized to perform: {action} on resource: {resource} because no identity-based "
            f"policy allows the {action} action"
        ),
    )


def test_a_user_is_asked_about_groups_and_streams_as_on_aws(logs, group, user, now, account):
    bob = user("bob")
    place = f"arn:aws:logs:us-east-1:{account}:log-group:"
    with refused(*denied(bob.arn, "logs:CreateLogGroup", f"{place}n:log-stream:")):
        bob.logs.create_log_group(logGroupName="n")
    with refused(*denied(bob.arn, "logs:CreateLogStream", f"{place}g:log-stream:x")):
        bob.logs.create_log_stream(logGroupName="g", logStreamName="x")
    with refused(*denied(bob.arn, "logs:PutLogEvents", f"{place}g:log-stream:s")):
        put(bob.logs, now, "x")
    with refused(*denied(bob.arn, "logs:DescribeLogGroups", f"{place}:log-stream:")):
        bob.logs.describe_log_groups()
    with refused(*denied(bob.arn, "logs:FilterLogEvents", f"{place}g:log-stream:")):
        bob.logs.filter_log_events(logGroupName="g")
    with refused(*denied(bob.arn, "logs:ListTagsForResource", group)):
        bob.logs.list_tags_for_resource(resourceArn=group)


def test_a_functions_usual_policy_is_enough_to_write(logs, user, now, account):
    bob = user(
        "bob",
        statement("logs:CreateLogGroup", f"arn:aws:logs:us-east-1:{account}:*"),
        statement(["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:us-east-1:{account}:log-group:/mine:*"),
    )
    bob.logs.create_log_group(logGroupName="/mine")
    bob.logs.create_log_stream(logGroupName="/mine", logStreamName="s")
    put(bob.logs, now, "x", group="/mine")
    bob.logs.create_log_group(logGroupName="/other")
    with refused("AccessDeniedException"):
        bob.logs.create_log_stream(logGroupName="/other", logStreamName="s")


def test_tags_on_a_new_group_need_leave_to_tag(user):
    bob = user("bob", statement("logs:CreateLogGroup"))
    bob.logs.create_log_group(logGroupName="a")
    with refused("AccessDeniedException"):
        bob.logs.create_log_group(logGroupName="b", tags={"x": "y"})


def test_a_query_asks_for_each_of_its_groups(logs, group, user, account):
    logs.create_log_group(logGroupName="h")
    bob = user("bob", statement("logs:StartQuery", f"arn:aws:logs:us-east-1:{account}:log-group:g:*"))
    times = {"startTime": 0, "endTime": 1, "queryString": "limit 1"}
    bob.logs.start_query(logGroupNames=["g"], **times)
    with refused("AccessDeniedException"):
        bob.logs.start_query(logGroupNames=["g", "h"], **times)


def test_tags_of_a_group_decide(logs, group, user, now):
    logs.tag_resource(resourceArn=group, tags={"team": "a"})
    bob = user("bob", statement("logs:*", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}))
    put(bob.logs, now, "x")
    logs.tag_resource(resourceArn=group, tags={"team": "b"})
    with refused("AccessDeniedException"):
        put(bob.logs, now, "x")


# resource policies


def allowing(account, principal=DELIVERY):
    return policy({
        "Effect": "Allow", "Principal": {"Service": principal}, "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:us-east-1:{account}:log-group:g:*",
    })  # fmt: skip


def test_a_policy_that_is_none_is_refused(logs):
    for document in ("{", '{"Statement": []}', policy({"Effect": "Perhaps"})):
        with refused("InvalidParameterException"):
            logs.put_resource_policy(policyName="p", policyDocument=document)
    with refused("InvalidParameterException"):
        logs.put_resource_policy(policyDocument="{}")


def test_a_policy_that_is_not_there(logs):
    with refused("ResourceNotFoundException", "The specified policy with name [p] does not exist."):
        logs.delete_resource_policy(policyName="p")


def test_there_are_ten_policies(logs, account):
    for n in range(10):
        logs.put_resource_policy(policyName=str(n), policyDocument=allowing(account))
    with refused("LimitExceededException", "Resource limit exceeded."):
        logs.put_resource_policy(policyName="more", policyDocument=allowing(account))
    logs.put_resource_policy(policyName="3", policyDocument=allowing(account))
    assert [p["policyName"] for p in logs.describe_resource_policies()["resourcePolicies"]] == [
        str(n) for n in range(10)
    ]


def test_a_policy_lets_a_service_write(cloud, logs, group, account, now):
    def append(running, stream="s"):
        return running.dispatcher.enter(
            service(DELIVERY), account, "us-east-1", "logs:append",
            {"logGroupName": "g", "logStreamName": stream, "logEvents": [{"timestamp": now, "message": "x"}]},
        )  # fmt: skip

    with pytest.raises(AccessDenied):
        cloud.run(append)
    logs.put_resource_policy(policyName="p", policyDocument=allowing(account))
    cloud.run(append)
    cloud.run(lambda running: append(running, "new"))
    logs.delete_resource_policy(policyName="p")
    with pytest.raises(AccessDenied):
        cloud.run(append)


def test_a_policy_of_one_group_is_shown_with_it_and_has_revisions(logs, group, account):
    made = logs.put_resource_policy(resourceArn=group, policyDocument=allowing(account))
    assert logs.describe_resource_policies()["resourcePolicies"] == []
    (found,) = logs.describe_resource_policies(resourceArn=group)["resourcePolicies"]
    assert (found["policyScope"], found["revisionId"]) == ("RESOURCE", made["revisionId"])
    with refused("OperationAbortedException"):
        logs.delete_resource_policy(resourceArn=group, expectedRevisionId="other")
    logs.delete_resource_policy(resourceArn=group, expectedRevisionId=made["revisionId"])
    assert logs.describe_resource_policies(resourceArn=group)["resourcePolicies"] == []
