"""The todos of whoever is signed in: GET and POST /todos, PUT and DELETE /todos/{id}."""

import json
import os
import uuid
from datetime import UTC, datetime

import boto3
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
gateway = boto3.client("apigateway")


def handler(event, context):
    owner = event["requestContext"]["authorizer"]["claims"]["sub"]
    todo_id = (event["pathParameters"] or {}).get("id")
    body = json.loads(event["body"] or "{}")
    method = event["httpMethod"]
    if method == "GET":
        return answer(200, listed(owner))
    if method == "POST":
        made = added(owner, body)
        forget_lists(event)
        return answer(201, made)
    try:
        if method == "PUT":
            done = answer(200, changed(owner, todo_id, body))
        else:
            table.delete_item(Key={"owner": owner, "id": todo_id}, ConditionExpression="attribute_exists(id)")
            done = answer(204, None)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return answer(404, {"message": f"There is no todo {todo_id}."})
        raise
    forget_lists(event)
    return done


def listed(owner):
    found = table.query(KeyConditionExpression=Key("owner").eq(owner))["Items"]
    return {"todos": [shown(item) for item in sorted(found, key=lambda item: item["added"])]}


def added(owner, body):
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    todo = {"id": uuid.uuid4().hex, "title": body["title"], "done": body.get("done", False), "added": now}
    table.put_item(Item={"owner": owner, **todo})
    return todo


def changed(owner, todo_id, body):
    made = table.update_item(
        Key={"owner": owner, "id": todo_id},
        UpdateExpression="SET title = :title, done = :done",
        ConditionExpression="attribute_exists(id)",
        ExpressionAttributeValues={":title": body["title"], ":done": body.get("done", False)},
        ReturnValues="ALL_NEW",
    )
    return shown(made["Attributes"])


def shown(item):
    return {name: value for name, value in item.items() if name != "owner"}


def forget_lists(event):
    """Lists are cached by the stage: after a change the next one is made anew."""
    where = event["requestContext"]
    gateway.flush_stage_cache(restApiId=where["apiId"], stageName=where["stage"])


def answer(status, body):
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": "" if body is None else json.dumps(body)}
