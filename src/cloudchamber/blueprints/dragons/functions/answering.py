"""Requests and answers, the same for all functions."""

import functools
import json
import os

import boto3
from checking import Wrong
from data_file import Busy

gateway = boto3.client("apigateway")
sns = boto3.client("sns")


def answers(handle):
    """A handler around `handle(event, context) -> (status, body)`, which may refuse by raising Wrong."""

    @functools.wraps(handle)
    def handler(event, context):
        try:
            status, body = handle(event, context)
        except Wrong as wrong:
            status, body = wrong.status, {"message": wrong.message}
        except Busy:
            status, body = 503, {"message": "Too many are changing dragons at this moment. Please try again."}
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
        return {"statusCode": status, "headers": headers, "body": json.dumps(body)}

    return handler


def forget_lists(event):
    """Lists are cached by the stage: after a change the next one is made anew."""
    where = event["requestContext"]
    gateway.flush_stage_cache(restApiId=where["apiId"], stageName=where["stage"])


def note(happened, event, dragon):
    """A line for the log; the metric of dragons added is counted from these."""
    by = event["requestContext"]["authorizer"]["claims"]["email"]
    print(json.dumps({"event": happened, "dragon": dragon["id"], "name": dragon["name"], "by": by}))


def notify(event, dragon):
    by = event["requestContext"]["authorizer"]["claims"]["email"]
    sns.publish(
        TopicArn=os.environ["TOPIC"],
        Subject="A new dragon",
        Message=f"{by} has added {dragon['name']}, a dragon of {dragon['family']}, in {dragon['city']}.",
    )
