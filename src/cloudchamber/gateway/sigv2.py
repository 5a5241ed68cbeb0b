"""Signature Version 2 in query strings, which S3 still takes: boto3 presigns URLs with it unless told otherwise.

`?AWSAccessKeyId=…&Signature=…&Expires=…`; nothing else of it is spoken here.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cloudchamber.gateway.sigv4 import IncompleteSignature, Signature
from cloudchamber.protocol.query import parse_form

if TYPE_CHECKING:
    from cloudchamber.gateway.http import Request

# Query parameters that are part of what is signed.
_SUB_RESOURCES = frozenset({
    "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location",
    "logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment",
    "response-cache-control", "response-content-disposition", "response-content-encoding",
    "response-content-language", "response-content-type", "response-expires", "restore", "select", "select-type",
    "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
})  # fmt: skip


@dataclass(slots=True)
class SignatureV2(Signature):
    """`expires_at` in epoch seconds of the client's clock."""

    expires_at: int = 0


def parse(request: Request) -> SignatureV2:
    """The signature in a query string. IncompleteSignature if it is not whole."""
    query = dict(parse_form(request.query_string))
    missing = [name for name in ("AWSAccessKeyId", "Signature", "Expires") if not query.get(name)]
    if missing or not query["Expires"].isascii() or not query["Expires"].isdigit() or len(query["Expires"]) > 12:
        raise IncompleteSignature(
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        )
    token = query.get("x-amz-security-token")
    return SignatureV2(
        query["AWSAccessKeyId"], "", "us-east-1", "s3", ("host",), query["Signature"], "", token, 0,
        int(query["Expires"]),
    )  # fmt: skip


def string_to_sign(request: Request, signature: SignatureV2) -> str:
    query = parse_form(request.query_string) if request.query_string else []
    headers = {name.lower(): value for name, value in query if name.lower().startswith(("x-amz-", "content-"))}
    headers.update(request.headers)
    amz = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers) if name.startswith("x-amz-"))
    signed = sorted((name, value) for name, value in query if name in _SUB_RESOURCES)
    written = {part.partition("=")[0]: "=" in part for part in request.query_string.split("&")}
    resources = "&".join(f"{name}={value}" if written.get(name) else name for name, value in signed)
    return (
        f"{request.method}\n{headers.get('content-md5', '')}\n{headers.get('content-type', '')}\n"
        f"{signature.expires_at}\n{amz}{request.path}{'?' if resources else ''}{resources}"
    )


def verify(request: Request, signature: SignatureV2, secret: str) -> tuple[bool, str]:
    """Whether the signature verifies, and the text it was held against. The path is signed as it was sent."""
    text = string_to_sign(request, signature)
    expected = base64.b64encode(hmac.digest(secret.encode(), text.encode("utf-8", "replace"), "sha1")).decode()
    given = signature.signature if "%" not in signature.signature else unquote(signature.signature)
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")), text
