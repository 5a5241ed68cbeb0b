"""Kinesis streaming destinations as settings. Whether a stream is there is the directory's to say; these tests say it
in its place."""

import pytest

from cloudchamber.core.resources import Resource
from tests.services.dynamodb.stream_calls import make_table, refused

ENABLE_REFUSED = (
    "Table is not in a valid state to enable Kinesis Streaming Destination: "
    "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
)


class KinesisOwner:
    """Stands where Kinesis will: it knows every stream."""

    @staticmethod
    def find(arn):
        parts = arn.split(":", 5)
        return Resource(arn, "AWS::Kinesis::Stream", parts[5].rpartition("/")[2], parts[4], parts[3])


@pytest.fixture
def kinesis(cloud, monkeypatch, account):
    """The ARN of a stream that is there, by its name."""
    directory = cloud.look(lambda c: c.directory)
    owner = directory._owner
    monkeypatch.setattr(directory, "_owner", lambda name: KinesisOwner() if name == "kinesis" else owner(name))
    return lambda name="events": f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"


@pytest.fixture
def table(ddb):
    make_table(ddb, None)
    return "table"


def destinations(ddb):
    answer = ddb.describe_kinesis_streaming_destination(TableName="table")
    assert answer["TableName"] == "table"
    return answer["KinesisDataStreamDestinations"]


def without_metadata(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


OPERATIONS = (
    "enable_kinesis_streaming_destination", "disable_kinesis_streaming_destination",
    "update_kinesis_streaming_destination",
)  # fmt: skip


def change(ddb, operation, arn, table="table"):
    more = {"UpdateKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": "MICROSECOND"}}
    return getattr(ddb, operation)(TableName=table, StreamArn=arn, **(more if operation.startswith("update") else {}))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_no_stream_of_kinesis_is_invalid(ddb, table, operation):
    for arn in ("x" * 40, "arn:aws:sqs:us-east-1:123456789012:some-queue"):
        with refused("ValidationException", f"Invalid StreamArn: {arn}"):
            change(ddb, operation, arn)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_table_that_is_not_there_has_no_destinations(ddb, table, kinesis, operation):
    missing = "Requested resource not found: Table: none not found"
    with refused("ResourceNotFoundException", missing):
        change(ddb, operation, kinesis(), "none")
    with refused("ResourceNotFoundException", missing):
        ddb.describe_kinesis_streaming_destination(TableName="none")


def test_a_stream_has_to_be_there(ddb, table, account):
    """As long as this cloud has no Kinesis, no stream is."""
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/events"
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"):
        ddb.enable_kinesis_streaming_destination(TableName="table", StreamArn=arn)
    assert destinations(ddb) == []


def test_a_destination_is_enabled_and_disabled(ddb, table, kinesis):
    arn = kinesis()
    answer = ddb.enable_kinesis_streaming_destination(TableName="table", StreamArn=arn)
    assert without_metadata(answer) == {"TableName": "table", "StreamArn": arn, "DestinationStatus": "ENABLING"}
    assert destinations(ddb) == [{"StreamArn": arn, "DestinationStatus": "ACTIVE"}]
    answer = ddb.disable_kinesis_streaming_destination(TableName="table", StreamArn=arn)
    assert without_metadata(answer) == {"TableName": "table", "StreamArn": arn, "DestinationStatus": "DISABLING"}
    assert destinations(ddb) == [{"StreamArn": arn, "DestinationStatus": "DISABLED"}]


def test_a_table_has_one_destination_at_a_time(ddb, table, kinesis):
    ddb.enable_kinesis_streaming_destination(TableName="table", StreamArn=kinesis())
    for name in ("events", "others"):
        with refused("ValidationException", ENABLE_REFUSED):
            ddb.enable_kinesis_streaming_destination(TableName="table", StreamArn=kinesis(name))
    ddb.disable_kinesis_streaming_destination(TableName="table", StreamArn=kinesis())
    ddb.enable_kinesis_streaming_destination(TableName="table", StreamArn=kinesis("others"))
    assert {found["StreamArn"]: found["DestinationStatus"] for found in destinations(ddb)} == {
        kinesis("events"): "DISABLED",
        kinesis("others"): "ACTIVE",
    }


@pytest.mark.parametrize(
    ("operation", "verb"), [(OPERATIONS[1], "DISABLE"), (OPERATIONS[2], "UPDATE")], ids=["disable", "update"]
)
def test_only_an_active_destination_can_be_changed(ddb, table, kinesis, operation, verb):
    message = (
        f"Table is not in a valid state to {verb.lower()} Kinesis Streaming Destination: "
        f"{verb.title()}KinesisStreamingDestination must be ACTIVE to perform {verb} operation."
    )
    with refused("ValidationException", message):
        change(ddb, operation, kinesis())
    ddb.enable_kinesis_streaming_destination(TableName="table", StreamArn=kinesis())
    ddb.disable_kinesis_streaming_destination(TableName="table", StreamArn=kinesis())
    with refused("ValidationException", message):
        change(ddb, operation, kinesis())


def test_the_precision_of_a_destination_can_be_changed(ddb, table, kinesis):
    arn = kinesis()
    wanted = {"ApproximateCreationDateTimePrecision": "MILLISECOND"}
    answer = ddb.enable_kinesis_streaming_destination(
        TableName="table", StreamArn=arn, EnableKinesisStreamingConfiguration=wanted
    )
    assert answer["EnableKinesisStreamingConfiguration"] == wanted
    answer = change(ddb, "update_kinesis_streaming_destination", arn)
    assert answer["DestinationStatus"] == "UPDATING"
    assert answer["UpdateKinesisStreamingConfiguration"] == {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    assert destinations(ddb) == [
        {"StreamArn": arn, "DestinationStatus": "ACTIVE", "ApproximateCreationDateTimePrecision": "MICROSECOND"}
    ]


def test_an_update_has_to_change_something(ddb, table, kinesis):
    arn = kinesis()
    ddb.enable_kinesis_streaming_destination(TableName="table", StreamArn=arn)
    nothing = (
        "Streaming destination cannot be updated with given parameters: "
        "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
    )
    with refused("ValidationException", nothing):
        ddb.update_kinesis_streaming_destination(TableName="table", StreamArn=arn)
    change(ddb, "update_kinesis_streaming_destination", arn)
    with pytest.raises(
        ddb.exceptions.ClientError, match="Precision is already set to the desired value of MICROSECOND"
    ):
        change(ddb, "update_kinesis_streaming_destination", arn)


@pytest.fixture
def slowly(cloud, monkeypatch):
    """Changes take ten seconds of the cloud's time."""
    monkeypatch.setattr(cloud.look(lambda c: c.registry.get("dynamodb").service), "transition_s", 10.0)


@pytest.mark.usefixtures("table", "slowly")
def test_statuses_move_with_the_clock(ddb, kinesis, frozen_clock):
    def status():
        return destinations(ddb)[0]["DestinationStatus"]

    for operation, on_the_way, then in zip(
        (OPERATIONS[0], OPERATIONS[2], OPERATIONS[1]), ("ENABLING", "UPDATING", "DISABLING"),
        ("ACTIVE", "ACTIVE", "DISABLED"), strict=True,
    ):  # fmt: skip
        change(ddb, operation, kinesis())
        assert status() == on_the_way
        frozen_clock.advance(10)
        assert status() == then
