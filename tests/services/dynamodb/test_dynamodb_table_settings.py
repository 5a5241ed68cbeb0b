"""Tags, limits, endpoints and contributor insights."""

import pytest

from tests.services.dynamodb.table_calls import described, index, invalid, not_found, refused

KEPT = "DynamoDBContributorInsights"


@pytest.fixture
def table(create, ddb):
    """The ARN of a table `tab`."""
    create("tab", "pk:S", "sk:S", indexes={"by_a": "a:S"}, Tags=[{"Key": "team", "Value": "blue"}])
    return described(ddb, "tab")["TableArn"]


def tags(ddb, arn):
    found = ddb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def tag(ddb, arn, **pairs):
    ddb.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value} for key, value in pairs.items()])


# tags: wrong input


@pytest.mark.parametrize("suffix", ["/index/by_a", "/stream/2026"])
def test_only_tables_have_tags(ddb, table, suffix):
    arn = table + suffix
    with refused("ValidationException", f"Invalid TableArn: Invalid ResourceArn provided as input {arn}"):
        tags(ddb, arn)


def test_what_is_no_arn_of_a_table_is_refused(ddb):
    with refused("ValidationException", "Invalid TableArn: Invalid ResourceArn provided as input tab"):
        tag(ddb, "tab", a="1")


def test_a_table_has_50_tags(ddb, table):
    tag(ddb, table, **{f"k{n}": "v" for n in range(49)})
    with invalid("Number of tags exceeds the limit of 50"):
        tag(ddb, table, one_more="v")
    tag(ddb, table, k1="another value")
    assert len(tags(ddb, table)) == 50


def test_keys_are_not_those_of_aws_and_each_is_there_once(ddb, table):
    with invalid("Tag keys starting with aws: are reserved for system use: AWS:x"):
        tag(ddb, table, **{"AWS:x": "v"})
    with invalid("Duplicate tag key: a"):
        ddb.tag_resource(ResourceArn=table, Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])


# tags: wrong state


def test_a_table_that_is_not_there_has_no_tags(ddb, account):
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/nope"
    message = f"Requested resource not found: ResourcArn: {arn} not found"  # spelt as AWS does
    with refused("ResourceNotFoundException", message):
        tags(ddb, arn)
    with refused("ResourceNotFoundException", message):
        tag(ddb, arn, a="1")
    with refused("ResourceNotFoundException", message):
        ddb.untag_resource(ResourceArn=arn, TagKeys=["a"])


# tags: behaviour


def test_tags_are_set_changed_and_taken_off(ddb, table):
    tag(ddb, table, team="green", stage="test", empty="")
    assert tags(ddb, table) == {"team": "green", "stage": "test", "empty": ""}
    ddb.untag_resource(ResourceArn=table, TagKeys=["stage", "was-never-there"])
    assert tags(ddb, table) == {"team": "green", "empty": ""}


def test_other_services_see_the_tags(cloud, table):
    assert cloud.look(lambda c: dict(c.directory.find(table).tags)) == {"team": "blue"}


# limits and endpoints


def test_limits_are_those_of_a_new_account(ddb):
    found = ddb.describe_limits()
    del found["ResponseMetadata"]
    assert found == {
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": 40_000,
        "TableMaxWriteCapacityUnits": 40_000,
    }


def test_the_endpoint_is_the_one_the_client_came_to(ddb, cloud):
    # SDKs that discover endpoints would go on to AWS itself with another one.
    (found,) = ddb.describe_endpoints()["Endpoints"]
    assert found == {"Address": cloud.endpoint.partition("://")[2], "CachePeriodInMinutes": 1440}


# contributor insights


def insights(ddb, action, **more):
    return ddb.update_contributor_insights(TableName="tab", ContributorInsightsAction=action, **more)


def test_insights_are_of_tables_and_global_indexes_that_exist(ddb, table):
    with not_found("nope"):
        ddb.describe_contributor_insights(TableName="nope")
    message = "Requested resource not found: Table: tab Index: nope not found"
    with refused("ResourceNotFoundException", message):
        insights(ddb, "ENABLE", IndexName="nope")


def test_insights_are_enabled_and_disabled(ddb, table, frozen_clock):
    assert ddb.describe_contributor_insights(TableName="tab")["ContributorInsightsStatus"] == "DISABLED"
    answer = insights(ddb, "ENABLE")
    assert answer["ContributorInsightsStatus"] == "ENABLING"
    found = ddb.describe_contributor_insights(TableName="tab")
    assert found["ContributorInsightsStatus"] == "ENABLED"
    assert found["ContributorInsightsMode"] == "ACCESSED_AND_THROTTLED_KEYS"
    assert found["LastUpdateDateTime"].timestamp() == pytest.approx(frozen_clock.now(), abs=0.001)
    kinds = [rule.split("-")[1] for rule in found["ContributorInsightsRuleList"]]
    assert kinds == ["PKC", "PKT", "SKC", "SKT"]
    assert insights(ddb, "DISABLE")["ContributorInsightsStatus"] == "DISABLING"
    found = ddb.describe_contributor_insights(TableName="tab")
    assert (found["ContributorInsightsStatus"], "ContributorInsightsRuleList" in found) == ("DISABLED", False)


def test_an_index_has_insights_of_its_own(ddb, table):
    insights(ddb, "ENABLE", IndexName="by_a", ContributorInsightsMode="THROTTLED_KEYS")
    found = ddb.describe_contributor_insights(TableName="tab", IndexName="by_a")
    assert found["ContributorInsightsStatus"] == "ENABLED"
    (rule,) = found["ContributorInsightsRuleList"]  # by_a has no sort key
    assert rule.startswith(f"{KEPT}-PKT-tab-by_a-")
    assert ddb.describe_contributor_insights(TableName="tab")["ContributorInsightsStatus"] == "DISABLED"


def test_insights_are_listed_in_pages(ddb, table, create):
    create("other", "pk:S")
    insights(ddb, "ENABLE", IndexName="by_a")
    first = ddb.list_contributor_insights(MaxResults=2)
    assert first["ContributorInsightsSummaries"] == [
        {"TableName": "other", "ContributorInsightsStatus": "DISABLED"},
        {"TableName": "tab", "ContributorInsightsStatus": "DISABLED"},
    ]
    rest = ddb.list_contributor_insights(MaxResults=2, NextToken=first["NextToken"])
    assert rest["ContributorInsightsSummaries"] == [
        {
            "TableName": "tab",
            "IndexName": "by_a",
            "ContributorInsightsStatus": "ENABLED",
            "ContributorInsightsMode": "ACCESSED_AND_THROTTLED_KEYS",
        }
    ]
    assert "NextToken" not in rest
    assert len(ddb.list_contributor_insights(TableName="other")["ContributorInsightsSummaries"]) == 1
    with invalid("Invalid NextToken"):
        ddb.list_contributor_insights(NextToken="nonsense")


def test_local_indexes_have_no_insights(ddb, create):
    create("local", "pk:S", "sk:S", LocalSecondaryIndexes=[index("loc", "pk", "sk")])
    assert len(ddb.list_contributor_insights(TableName="local")["ContributorInsightsSummaries"]) == 1
