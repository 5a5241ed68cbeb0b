"""A chat: who is connected is in a table, a function sends what one says to all the others."""

from __future__ import annotations

from tests.planes.websocket.websocket_calls import WebSocketApi, made_function, read

CHAT = """
import json, os, boto3

table = boto3.resource("dynamodb").Table("connections")

def handler(event, context):
    about = event["requestContext"]
    me = about["connectionId"]
    if about["routeKey"] == "$connect":
        table.put_item(Item={"id": me, "name": event["queryStringParameters"]["name"]})
    elif about["routeKey"] == "$disconnect":
        table.delete_item(Key={"id": me})
    else:
        address = os.environ["AWS_ENDPOINT_URL"] + f"/_aws/execute-api/{about['apiId']}/{about['stage']}"
        sender = boto3.client("apigatewaymanagementapi", endpoint_url=address)
        people = table.scan()["Items"]
        name = next(one["name"] for one in people if one["id"] == me)
        said = {"from": name, "text": json.loads(event["body"])["text"]}
        for one in people:
            try:
                sender.post_to_connection(ConnectionId=one["id"], Data=json.dumps(said).encode())
            except sender.exceptions.GoneException:
                table.delete_item(Key={"id": one["id"]})
    return {"statusCode": 200}
"""
TABLE = {
    "TableName": "connections", "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}  # fmt: skip


def test_two_clients_talk_through_a_function(cloud, aws):
    aws.client("dynamodb").create_table(**TABLE)
    arn = made_function(aws, "chat", CHAT, "dynamodb:*", "execute-api:ManageConnections")
    api = WebSocketApi.made(cloud, aws)
    integration = api.function(arn)
    for key in ("$connect", "$disconnect", "say"):
        api.route(key, integration)
    api.deploy()
    with api.connected("?name=Ada") as ada, api.connected("?name=Bob") as bob:
        ada.send('{"action": "say", "text": "hello"}')
        assert read(ada) == {"from": "Ada", "text": "hello"}
        assert read(bob) == {"from": "Ada", "text": "hello"}
        bob.send('{"action": "say", "text": "hi Ada"}')
        assert read(ada) == {"from": "Bob", "text": "hi Ada"}
    cloud.clock.settle()
    assert aws.client("dynamodb").scan(TableName="connections")["Count"] == 0
