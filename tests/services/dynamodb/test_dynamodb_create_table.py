"""CreateTable: what AWS refuses, in its words, and what a new table looks like."""

import pytest

from tests.services.dynamodb.table_calls import (
    definitions,
    described,
    index,
    invalid,
    refused,
    schema,
    table_request,
    units,
)


def made(ddb, *key, **more):
    return ddb.create_table(**table_request("tab", *key, **more))


# wrong input: names, keys and attribute definitions


@pytest.mark.parametrize("name", ["ab", "a" * 256, "with space", "slash/ed", "ünicode"])
def test_a_table_name_has_3_to_255_letters_digits_and_some_marks(ddb, name):
    message = (
        "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only "
        "the characters a-z, A-Z, 0-9, '_', '-', and '.'"
    )
    with refused("ValidationException", message):
        ddb.create_table(**table_request(name, "pk:S"))


KEY_SCHEMAS = [
    (["RANGE"], "The first KeySchemaElement is not a HASH key type"),
    (["RANGE", "HASH"], "The first KeySchemaElement is not a HASH key type"),
    (["HASH", "HASH"], "The second KeySchemaElement is not a RANGE key type"),
    (
        ["HASH", "RANGE", "HASH"],
        "All HASH key attributes must precede RANGE key attributes in the KeySchema",
    ),
    (
        ["HASH", "RANGE", "RANGE"],
        "The KeySchema exceeds the maximum allowed number of RANGE key attributes",
    ),
]


@pytest.mark.parametrize(("kinds", "message"), KEY_SCHEMAS, ids=lambda part: "-".join(part)[:20])
def test_a_table_has_a_hash_key_and_perhaps_a_range_key_after_it(ddb, kinds, message):
    elements = [{"AttributeName": f"k{n}", "KeyType": kind} for n, kind in enumerate(kinds)]
    with refused("ValidationException", f"Invalid KeySchema: {message}"):
        made(ddb, "k0:S", "k1:S", "k2:S", KeySchema=elements)


def test_hash_and_range_key_are_two_attributes(ddb):
    message = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
    with refused("ValidationException", message):
        made(ddb, "pk:S", "sk:S", KeySchema=schema("pk", "pk"))


def test_a_key_needs_as_many_definitions_as_it_has_attributes(ddb):
    with refused("ValidationException", "Invalid KeySchema: Some index key attribute have no definition"):
        made(ddb, "pk:S", "sk:S", AttributeDefinitions=definitions("pk:S"))


def test_the_attributes_of_the_key_are_defined(ddb):
    with invalid(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk, sk], "
        "AttributeDefinitions: [pk, other]"
    ):
        made(ddb, "pk:S", "sk:S", AttributeDefinitions=definitions("pk:S", "other:S"))


def test_without_indexes_nothing_but_the_key_is_defined(ddb):
    # What those run into who take DynamoDB for a database with columns.
    with invalid(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
    ):
        made(ddb, "pk:S", AttributeDefinitions=definitions("pk:S", "name:S"))


def test_with_indexes_nothing_but_keys_is_defined(ddb):
    with invalid("Some AttributeDefinitions are not used. AttributeDefinitions: [pk, a, unused], keys used: [pk, a]"):
        made(ddb, "pk:S", indexes={"by_a": "a:S"}, AttributeDefinitions=definitions("pk:S", "a:S", "unused:N"))


def test_the_attributes_of_an_index_key_are_defined(ddb):
    with invalid(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [a, b], AttributeDefinitions: [pk, b]"
    ):
        made(ddb, "pk:S", indexes={"by_a": "a:S b:S"}, AttributeDefinitions=definitions("pk:S", "b:S"))


def test_constraints_of_the_model_come_first(ddb):
    message = (
        "1 validation error detected: Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [S, N, B]"
    )
    with refused("ValidationException", message):
        made(ddb, "pk:X", BillingMode="PROVISIONED")


# wrong input: capacity


def test_on_demand_tables_have_no_provisioned_units(ddb):
    with invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    ):
        made(ddb, "pk:S", BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=units(1, 1))


@pytest.mark.parametrize("mode", [{}, {"BillingMode": "PROVISIONED"}])
def test_provisioned_tables_have_units(ddb, mode):
    request = {**table_request("tab", "pk:S"), **mode}
    if not mode:
        del request["BillingMode"]
    with invalid("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"):
        ddb.create_table(**request)


def test_indexes_have_units_as_their_table_does(ddb):
    by_a = index("by_a", "a", ProvisionedThroughput=units(1, 1))
    with invalid("ProvisionedThroughput should not be specified for index: by_a when BillingMode is PAY_PER_REQUEST"):
        made(ddb, "pk:S", indexes={"by_a": "a:S"}, GlobalSecondaryIndexes=[by_a])
    with invalid("ProvisionedThroughput is not specified for index: by_a"):
        made(ddb, "pk:S", indexes={"by_a": "a:S"}, ProvisionedThroughput=units(1, 1))


def test_units_are_within_bounds(ddb):
    with refused("ValidationException", "Given value 1000000000001 for ReadCapacityUnits is out of bounds"):
        made(ddb, "pk:S", ProvisionedThroughput=units(10**12 + 1, 1))


def test_a_table_and_its_indexes_have_40000_units_at_most(ddb):
    by_a = index("by_a", "a", ProvisionedThroughput=units(1, 20_001))
    message = (
        "Subscriber limit exceeded: The requested WriteCapacityUnits value of 40001 for the table and its indexes is "
        "above the per-table limit of 40000. Refer to the Amazon DynamoDB Developer Guide for current limits and how "
        "to request higher limits."
    )
    with refused("LimitExceededException", message):
        made(
            ddb,
            "pk:S",
            indexes={"by_a": "a:S"},
            GlobalSecondaryIndexes=[by_a],
            ProvisionedThroughput=units(1, 20_000),
        )


def test_maxima_are_for_on_demand_tables(ddb):
    with invalid(
        "MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED."
    ):
        made(ddb, "pk:S", ProvisionedThroughput=units(1, 1), OnDemandThroughput={"MaxWriteRequestUnits": 5})
    for wrong in (0, -1, 40_001):
        with invalid("Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"):
            made(ddb, "pk:S", OnDemandThroughput={"MaxReadRequestUnits": wrong})


def test_warm_throughput_is_no_less_than_what_the_table_has_anyway(ddb):
    with invalid(
        "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing "
        "WarmThroughput is not supported"
    ):
        made(ddb, "pk:S", WarmThroughput={"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 3999})


# wrong input: indexes


def test_lists_of_indexes_are_not_empty(ddb):
    with invalid("List of GlobalSecondaryIndexes is empty"):
        made(ddb, "pk:S", GlobalSecondaryIndexes=[])
    with invalid("List of LocalSecondaryIndexes is empty"):
        made(ddb, "pk:S", LocalSecondaryIndexes=[])


def test_local_indexes_need_a_table_with_a_range_key(ddb):
    with invalid("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"):
        made(ddb, "pk:S", local={"loc": "a:S"})


def test_a_local_index_has_the_hash_key_of_the_table_and_a_range_key(ddb):
    with invalid("Index KeySchema does not have a range key for index: loc"):
        made(ddb, "pk:S", "sk:S", LocalSecondaryIndexes=[index("loc", "pk")])
    with invalid(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: loc. index hash key: "
        "sk, table hash key: pk"
    ):
        made(ddb, "pk:S", "sk:S", LocalSecondaryIndexes=[index("loc", "sk", "pk")])


def test_tables_have_so_many_indexes(ddb):
    local = {f"loc{n}": f"a{n}:S" for n in range(6)}
    with invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5"):
        made(ddb, "pk:S", "sk:S", local=local)
    with invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20"):
        made(ddb, "pk:S", indexes={f"glo{n}": f"a{n}:S" for n in range(21)})


def test_indexes_have_names_of_their_own(ddb):
    with invalid("Duplicate index name: same"):
        made(ddb, "pk:S", "sk:S", local={"same": "a:S"}, indexes={"same": "a:S"})


PROJECTIONS = [
    ({}, "Unknown ProjectionType: null"),
    ({"ProjectionType": "INCLUDE"}, "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
    (
        {"ProjectionType": "ALL", "NonKeyAttributes": ["x"]},
        "ProjectionType is ALL, but NonKeyAttributes is specified",
    ),
    (
        {"ProjectionType": "KEYS_ONLY", "NonKeyAttributes": ["x"]},
        "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified",
    ),
]


@pytest.mark.parametrize(("projection", "message"), PROJECTIONS, ids=range(len(PROJECTIONS)))
def test_only_include_projections_name_attributes(ddb, projection, message):
    with invalid(message):
        made(ddb, "pk:S", indexes={"by_a": "a:S"}, GlobalSecondaryIndexes=[index("by_a", "a", Projection=projection)])


def test_a_global_index_has_up_to_four_attributes_of_each_role(ddb):
    names = [f"a{n}" for n in range(5)]
    elements = [{"AttributeName": name, "KeyType": "HASH"} for name in names]
    with refused(
        "ValidationException",
        "Invalid KeySchema: The KeySchema exceeds the maximum allowed number of HASH key attributes",
    ):
        made(
            ddb,
            "pk:S",
            AttributeDefinitions=definitions("pk:S", *(f"{name}:S" for name in names)),
            GlobalSecondaryIndexes=[index("multi", KeySchema=elements)],
        )


# wrong input: the rest


def test_a_stream_has_a_view_type_and_what_is_no_stream_has_none(ddb):
    with invalid("Table is being created with a stream disabled, UpdateViewType should not be specified"):
        made(ddb, "pk:S", StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"})
    with invalid("Table is being created with a stream enabled, UpdateViewType should be specified"):
        made(ddb, "pk:S", StreamSpecification={"StreamEnabled": True})


def test_tags_are_50_at_most_and_not_those_of_aws(ddb):
    with invalid("Number of tags exceeds the limit of 50"):
        made(ddb, "pk:S", Tags=[{"Key": f"k{n}", "Value": ""} for n in range(51)])
    with invalid("Tag keys starting with aws: are reserved for system use: aws:mine"):
        made(ddb, "pk:S", Tags=[{"Key": "aws:mine", "Value": "x"}])


def test_a_malformed_policy_is_refused(ddb):
    with refused("ValidationException", "Invalid policy document: Syntax errors in policy."):
        made(ddb, "pk:S", ResourcePolicy="{}")


def test_what_is_not_here_yet_says_so(ddb):
    with refused("NotImplemented", "VectorIndexes exists on AWS and is not implemented in cloudchamber", 501):
        made(
            ddb,
            "pk:S",
            VectorIndexes=[
                {
                    "IndexName": "vec",
                    "VectorAttribute": {"AttributeName": "v"},
                    "Projection": {"ProjectionType": "ALL"},
                    "Dimensions": 3,
                    "DistanceFunction": "COSINE",
                }
            ],
        )
    assert ddb.list_tables()["TableNames"] == []


# wrong state


def test_a_table_is_created_once(ddb, create):
    create("tab", "pk:S")
    with refused("ResourceInUseException", "Table already exists: tab"):
        create("tab", "other:N")
    assert described(ddb, "tab")["KeySchema"] == schema("pk")


def test_tables_of_one_name_live_beside_each_other_in_regions_and_accounts(ddb, create, aws, cloud):
    create("tab", "pk:S")
    aws.client("dynamodb", region_name="eu-west-1").create_table(**table_request("tab", "pk:N"))
    cloud.session(cloud.new_account()).client("dynamodb").create_table(**table_request("tab", "pk:B"))
    assert described(ddb, "tab")["AttributeDefinitions"] == definitions("pk:S")


# behaviour


def test_the_answer_says_creating_and_the_next_look_active(ddb):
    answer = made(ddb, "pk:S", indexes={"by_a": "a:S"})["TableDescription"]
    assert answer["TableStatus"] == answer["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    found = described(ddb, "tab")
    assert found["TableStatus"] == found["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"


def test_a_new_table_is_described_as_it_was_asked_for(ddb, account, frozen_clock):
    made(
        ddb, "pk:S", "sk:N", local={"loc": "a:B"},
        GlobalSecondaryIndexes=[
            index("glo", "b", ProvisionedThroughput=units(3, 4),
                  Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "y"]}),
        ],
        AttributeDefinitions=definitions("pk:S", "sk:N", "a:B", "b:S"),
        ProvisionedThroughput=units(5, 6), DeletionProtectionEnabled=True,
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )  # fmt: skip
    found = described(ddb, "tab")
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/tab"
    created, table_id = found.pop("CreationDateTime"), found.pop("TableId")
    assert created.timestamp() == pytest.approx(frozen_clock.now(), abs=0.001)
    assert len(table_id) == 36
    assert found == {
        "AttributeDefinitions": definitions("pk:S", "sk:N", "a:B", "b:S"),
        "TableName": "tab",
        "KeySchema": schema("pk", "sk"),
        "TableStatus": "ACTIVE",
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **units(5, 6)},
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": arn,
        "DeletionProtectionEnabled": True,
        "TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        "WarmThroughput": {"ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 6, "Status": "ACTIVE"},
        "LocalSecondaryIndexes": [
            {
                "IndexName": "loc",
                "KeySchema": schema("pk", "a"),
                "Projection": {"ProjectionType": "ALL"},
                "IndexSizeBytes": 0,
                "ItemCount": 0,
                "IndexArn": f"{arn}/index/loc",
            }
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "glo",
                "KeySchema": schema("b"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "y"]},
                "IndexStatus": "ACTIVE",
                "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **units(3, 4)},
                "WarmThroughput": {"ReadUnitsPerSecond": 3, "WriteUnitsPerSecond": 4, "Status": "ACTIVE"},
                "IndexSizeBytes": 0,
                "ItemCount": 0,
                "IndexArn": f"{arn}/index/glo",
            }
        ],
    }


def test_an_on_demand_table_shows_its_billing_mode_and_maxima(ddb, frozen_clock):
    made(ddb, "pk:S", OnDemandThroughput={"MaxReadRequestUnits": 20})
    found = described(ddb, "tab")
    summary = found["BillingModeSummary"]
    assert summary["BillingMode"] == "PAY_PER_REQUEST"
    assert summary["LastUpdateToPayPerRequestDateTime"] == found["CreationDateTime"]
    assert found["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **units(0, 0)}
    assert found["OnDemandThroughput"] == {"MaxReadRequestUnits": 20}
    warm = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    assert found["WarmThroughput"] == warm


def test_a_table_can_be_created_by_its_arn(ddb, account):
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/tab"
    ddb.create_table(**table_request(arn, "pk:S"))
    assert described(ddb, "tab")["TableArn"] == arn


def test_an_index_of_several_attributes_of_each_role(ddb):
    names = ["h1", "h2", "r1", "r2"]
    elements = [{"AttributeName": n, "KeyType": "HASH" if n[0] == "h" else "RANGE"} for n in names]
    made(
        ddb,
        "pk:S",
        AttributeDefinitions=definitions("pk:S", "h1:S", "h2:N", "r1:S", "r2:N"),
        GlobalSecondaryIndexes=[index("multi", KeySchema=elements)],
    )
    assert described(ddb, "tab")["GlobalSecondaryIndexes"][0]["KeySchema"] == elements


def test_a_table_with_a_stream_shows_it(ddb, account):
    made(ddb, "pk:S", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    found = described(ddb, "tab")
    assert found["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert found["LatestStreamArn"] == f"{found['TableArn']}/stream/{found['LatestStreamLabel']}"
