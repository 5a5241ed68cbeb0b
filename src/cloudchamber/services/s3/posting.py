"""PostObject: what a browser's form uploads, as whoever signed its policy."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from cloudchamber.core.service import Platform, Request, operation
from cloudchamber.identity.principals import ANONYMOUS
from cloudchamber.protocol.scalars import parse_timestamp
from cloudchamber.protocol.xml import Element, MalformedXml, parse_document
from cloudchamber.services.s3 import checksums
from cloudchamber.services.s3.base import S3Base
from cloudchamber.services.s3.errors import Denied, EntityTooLarge, EntityTooSmall, InvalidArgument, S3Error
from cloudchamber.services.s3.forms import FormReader, check_policy, is_signed, malformed
from cloudchamber.services.s3.limits import OBJECT_PUT_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.identity.principals import Principal

# Form fields, and the members of PutObject that they are.
_MEMBERS: Mapping[str, str] = {
    "acl": "ACL",
    "cache-control": "CacheControl",
    "content-type": "ContentType",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "expires": "Expires",
    "x-amz-storage-class": "StorageClass",
    "x-amz-website-redirect-location": "WebsiteRedirectLocation",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "x-amz-server-side-encryption-customer-key": "SSECustomerKey",
    "x-amz-server-side-encryption-customer-key-md5": "SSECustomerKeyMD5",
    **{f"x-amz-checksum-{name.lower()}": member for name, member in checksums.MEMBERS.items()},
}
_META = "x-amz-meta-"
SEEN_MAX = 4096


class Posting(S3Base):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._policies_seen: dict[str, float] = {}  # a policy's signature -> when it ends, by the cloud's clock

    @operation
    async def post_object(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        reader = FormReader(request.get("Body") or b"", request.get("ContentType") or "")
        form = await reader.fields()
        fields = form.fields
        if not fields.get("key"):
            raise InvalidArgument("Bucket POST must contain a field named 'key'.  If it is specified, please check the "
                                  "order of the fields.", "key", "")  # fmt: skip
        principal, bounds = ANONYMOUS, None
        if "policy" in fields:
            principal = self._signer(ctx, fields)
            bounds = check_policy(fields["policy"], fields, bucket.name, partial(self._has_ended, fields))
        elif "x-amz-signature" in fields or "signature" in fields:
            raise InvalidArgument("Bucket POST must contain a field named 'policy'.", "policy", "")
        key = fields["key"].replace("${filename}", form.file_name)
        parameters = put_parameters(fields)
        body = _Bounded(reader, bounds)
        put = await ctx.call(
            "s3:PutObject", principal=principal, Bucket=bucket.name, Key=key, Body=body, **parameters
        )  # fmt: skip
        return self._answer(ctx, bucket.name, key, (fields, put))

    def _has_ended(self, fields: Mapping[str, str], expires: float) -> bool:
        """A policy says when it ends by the client's clock. It ages by the cloud's, from the instant at which it was
        signed; where it does not say that (version 2), from when it is first seen."""
        now, wall = self.clock.now(), self.clock.wall()
        if wall >= expires:
            return True
        key = fields.get("x-amz-signature") or fields.get("signature", "")
        try:
            signed_at = parse_timestamp(fields["x-amz-date"])
            begun = now if wall - signed_at < 1 else self.clock.at_wall(signed_at + 1) - 1
            ends = begun + expires - signed_at
        except (KeyError, ValueError):
            ends = now + expires - wall
        if len(self._policies_seen) >= SEEN_MAX:
            self._policies_seen.clear()
        return now >= self._policies_seen.setdefault(key, ends)

    def _signer(self, ctx: Context, fields: Mapping[str, str]) -> Principal:
        """Whoever signed the policy. InvalidAccessKeyId, SignatureDoesNotMatch, ExpiredToken."""
        is_v4 = "x-amz-signature" in fields
        credential_text = fields.get("x-amz-credential", "")
        parts = credential_text.split("/")
        if is_v4 and (len(parts) != 5 or parts[3:] != ["s3", "aws4_request"]):
            raise InvalidArgument("The Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/"
                                  "aws4_request\".", "x-amz-credential", credential_text)  # fmt: skip
        access_key = parts[0] if is_v4 else fields.get("awsaccesskeyid", "")
        if not access_key:
            raise Denied
        credential = self.platform.identities.credential(access_key)
        if credential is None:
            raise S3Error(
                "The AWS Access Key Id you provided does not exist in our records.", AWSAccessKeyId=access_key
            ).named("InvalidAccessKeyId", 403)
        token = fields.get("x-amz-security-token")
        if credential.session_token is not None and token != credential.session_token:
            raise S3Error("The provided token is malformed or otherwise invalid.").named("InvalidToken")
        if credential.expires_at is not None and ctx.now() >= credential.expires_at:
            raise S3Error("The provided token has expired.").named("ExpiredToken")
        if not is_signed(fields["policy"], fields, credential.secret):
            raise S3Error(
                "The request signature we calculated does not match the signature you provided. Check your key and "
                "signing method.", AWSAccessKeyId=access_key, StringToSign=fields["policy"],
            ).named("SignatureDoesNotMatch", 403)  # fmt: skip
        principal: Principal = credential.principal
        return principal

    @staticmethod
    def _answer(
        ctx: Context, bucket: str, key: str, what: tuple[Mapping[str, str], Mapping[str, Any]]
    ) -> dict[str, Any]:
        fields, put = what
        location = f"{ctx.caller.endpoint}/{bucket}/{quote(key)}"
        output: dict[str, Any] = {"ETag": put["ETag"], "Location": location}
        if "VersionId" in put:
            output["VersionId"] = put["VersionId"]
        target = fields.get("success_action_redirect") or fields.get("redirect")
        if target and urlsplit(target).scheme in ("http", "https"):
            parts = urlsplit(target)
            more = urlencode({"bucket": bucket, "key": key, "etag": put["ETag"]})
            query = f"{parts.query}&{more}" if parts.query else more
            return {**output, "StatusCode": 303, "Location": urlunsplit(parts._replace(query=query))}
        status = fields.get("success_action_status")
        if status == "201":
            shown = {"Location": location, "Bucket": bucket, "Key": key, "ETag": put["ETag"]}
            return {**output, "StatusCode": 201, "PostResponse": shown}
        return {**output, "StatusCode": 200 if status == "200" else 204}


def put_parameters(fields: Mapping[str, str]) -> dict[str, Any]:
    """The members of PutObject that a form's fields stand for."""
    found: dict[str, Any] = {member: fields[name] for name, member in _MEMBERS.items() if fields.get(name)}
    metadata = {name.removeprefix(_META): value for name, value in fields.items() if name.startswith(_META)}
    if metadata:
        found["Metadata"] = metadata
    if fields.get("tagging"):
        try:
            root = parse_document(fields["tagging"].encode())
        except MalformedXml:
            raise malformed() from None
        pairs = [(_text(tag, "Key"), _text(tag, "Value")) for tags in root.all("TagSet") for tag in tags.all("Tag")]
        found["Tagging"] = urlencode(pairs)
    return found


def _text(element: Element, name: str) -> str:
    return "".join(child.text for child in element.all(name))


class _Bounded:
    """A file that has to have so many bytes."""

    def __init__(self, reader: FormReader, bounds: tuple[int, int] | None) -> None:
        self._reader = reader
        self._least, self._most = bounds or (0, OBJECT_PUT_BYTES_MAX)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._reader:
            size += len(piece)
            if size > self._most:
                raise EntityTooLarge(None, ProposedSize=size, MaxSizeAllowed=self._most)
            yield piece
        if size < self._least:
            raise EntityTooSmall(None, ProposedSize=size, MinSizeAllowed=self._least)
