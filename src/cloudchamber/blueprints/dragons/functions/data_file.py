"""The dragons, kept as a JSON file in a bucket. Parameters say where: they are read anew each time, so that a change of
them takes effect at once. Nobody's change is lost: a file that has changed in between is read and changed again.
"""

import json
import os
import random
import time
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

ssm = boto3.client("ssm")
s3 = boto3.client("s3")

BUCKET, KEY = os.environ["BUCKET_PARAMETER"], os.environ["KEY_PARAMETER"]
FIRST_DRAGONS = Path(__file__).with_name("first_dragons.json")
TRIES = 10
CHANGED_IN_BETWEEN = ("PreconditionFailed", "ConditionalRequestConflict")


class Busy(Exception):
    """The file kept changing under our hands."""


def place():
    found = ssm.get_parameters(Names=[BUCKET, KEY])["Parameters"]
    values = {one["Name"]: one["Value"] for one in found}
    return {"Bucket": values[BUCKET], "Key": values[KEY]}


def read():
    """All dragons. A file that is not there begins with the first ones."""
    dragons, _ = _read(place())
    return dragons


def change(edit):
    """What `edit(dragons)` returns, once the list that it has changed is in the file."""
    where = place()
    for _ in range(TRIES):
        dragons, version = _read(where)
        result = edit(dragons)
        if _write(where, dragons, IfMatch=version):
            return result
        time.sleep(random.uniform(0.01, 0.2))
    raise Busy


def _read(where):
    while True:
        try:
            found = s3.get_object(**where)
            return json.loads(found["Body"].read()), found["ETag"]
        except s3.exceptions.NoSuchKey:
            _write(where, json.loads(FIRST_DRAGONS.read_text()), IfNoneMatch="*")


def _write(where, dragons, **condition):
    body = json.dumps(dragons, indent=2, ensure_ascii=False).encode()
    try:
        s3.put_object(**where, Body=body, ContentType="application/json", **condition)
    except ClientError as error:
        if error.response["Error"]["Code"] in CHANGED_IN_BETWEEN:
            return False
        raise
    return True
