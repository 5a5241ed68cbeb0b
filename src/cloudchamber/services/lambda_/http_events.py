"""HTTP as functions see it through a function URL: the event of payload format 2.0, and answers made of results.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import orjson

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.runtime.environment import Outcome

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
_PRELUDE_END = b"\0" * 8
FAILED = {
    "Status": 502,
    "Headers": [("Content-Type", "application/json")],
    "Body": b'{"message":"Internal Server Error"}',
}


def event(http: Mapping[str, Any], ctx: Context) -> bytes:
    """`http` has method, path (as sent), query, headers (lower-case names), body, host, ip."""
    headers: dict[str, str] = dict(http["headers"])
    cookies = headers.pop("cookie", "")
    now = datetime.fromtimestamp(ctx.now(), UTC)
    path, body = unquote(http["path"]), http["body"]
    query: dict[str, str] = {}
    for name, value in parse_qsl(http["query"], keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    context: dict[str, Any] = {
        "accountId": ctx.principal.account or "anonymous", "apiId": http["host"].partition(".")[0],
        "domainName": http["host"], "domainPrefix": http["host"].partition(".")[0],
        "http": {
            "method": http["method"], "path": path, "protocol": "HTTP/1.1", "sourceIp": http["ip"],
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": ctx.request_id, "routeKey": "$default", "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"), "timeEpoch": int(ctx.now() * 1000),
    }  # fmt: skip
    if ctx.principal.kind != "anonymous":
        principal = ctx.principal
        iam = {
            "accessKey": "", "accountId": principal.account, "callerId": principal.user_id, "cognitoIdentity": None,
            "principalOrgId": None, "userArn": principal.arn, "userId": principal.user_id,
        }  # fmt: skip
        context["authorizer"] = {"iam": iam}
    found: dict[str, Any] = {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": http["query"],
        "headers": {**headers, "x-forwarded-for": http["ip"], "x-forwarded-proto": http["scheme"],
                    "x-forwarded-port": http["port"], "x-amzn-trace-id": f"Root={ctx.span.trace_id}"},
        "requestContext": context,
    }  # fmt: skip
    if cookies:
        found["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if query:
        found["queryStringParameters"] = query
    is_text = not body or headers.get("content-type", "").startswith(_TEXT)
    if body:
        found["body"] = body.decode("utf-8", "replace") if is_text else base64.b64encode(body).decode()
    found["isBase64Encoded"] = not is_text
    return orjson.dumps(found)


def answer(outcome: Outcome) -> dict[str, Any]:
    """A result that has a `statusCode` is an answer in parts, any other is a body of JSON."""
    if outcome.error:
        return FAILED
    try:
        result = orjson.loads(outcome.payload or b"null")
    except orjson.JSONDecodeError:
        return FAILED
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result.encode() if isinstance(result, str) else outcome.payload
        return {"Status": 200, "Headers": [("Content-Type", "application/json")], "Body": body}
    return _parts(result)


def _parts(result: Mapping[str, Any]) -> dict[str, Any]:
    status = result["statusCode"]
    if not str(status).isdigit() or not 100 <= int(status) <= 599:
        return FAILED
    given = (result.get("headers") or {}).items()
    headers = [(str(name), str(value)) for name, value in given if str(name).lower() != "content-length"]
    headers += [("Set-Cookie", str(cookie)) for cookie in result.get("cookies") or ()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = result.get("body") or ""
    text = body if isinstance(body, str) else orjson.dumps(body).decode()
    try:
        content = base64.b64decode(text, validate=True) if result.get("isBase64Encoded") else text.encode()
    except ValueError:
        return FAILED
    return {"Status": int(status), "Headers": headers, "Body": content}


async def streamed(chunks: asyncio.Queue[bytes | None], work: asyncio.Task[Outcome]) -> dict[str, Any]:
    """An answer as it is made. It may open with a prelude: status and headers as JSON, then eight zero bytes."""
    first = await chunks.get()
    if first is None:
        return answer(await work)
    held = first
    prelude: dict[str, Any] = {"statusCode": 200, "headers": {"Content-Type": "application/octet-stream"}}
    if held.startswith(b"{"):
        while _PRELUDE_END not in held and len(held) < 64 * 1024 and (more := await chunks.get()) is not None:
            held += more
        head, end, rest = held.partition(_PRELUDE_END)
        if end:
            prelude, held = orjson.loads(head), rest
    made = _parts({"statusCode": 200, **prelude})
    return {**made, "Body": _rest(held, chunks)}


async def _rest(held: bytes, chunks: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    if held:
        yield held
    while (chunk := await chunks.get()) is not None:
        yield chunk
