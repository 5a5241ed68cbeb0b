"""`import cfnresponse`: how a custom resource's function answers CloudFormation, as AWS offers it to inline code.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(  # AWS's own signature
    event: dict[str, Any], context: Any, responseStatus: str, responseData: dict[str, Any],
    *more: Any, **named: Any,
) -> None:  # fmt: skip
    """Put the answer to the event's ResponseURL. Further: physicalResourceId, noEcho, reason."""
    given = dict(zip(("physicalResourceId", "noEcho", "reason"), more))  # noqa: B905 - Python 3.9 has none
    given.update(named)
    answer = {
        "Status": responseStatus,
        "Reason": given.get("reason") or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
        "PhysicalResourceId": given.get("physicalResourceId") or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": bool(given.get("noEcho")),
        "Data": responseData,
    }
    body = json.dumps(answer)
    print("Response body:")
    print(body)
    request = urllib.request.Request(event["ResponseURL"], body.encode(), {"Content-Type": ""}, method="PUT")
    try:
        with urllib.request.urlopen(request) as response:
            print("Status code:", response.status)
    except Exception as error:
        print("send(..) failed executing http.request(..):", error)
