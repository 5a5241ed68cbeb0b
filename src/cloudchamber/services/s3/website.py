"""The website endpoint: index and error documents, routing rules, redirects. Pages are read as anybody would read them.

The gateway puts the host `BUCKET.s3-website…` into the path as `/_website/BUCKET/…`; see `wire.py`.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, operation
from cloudchamber.identity.principals import ANONYMOUS
from cloudchamber.services.s3 import limits
from cloudchamber.services.s3.configuration import Configuration
from cloudchamber.services.s3.errors import InvalidArgument, InvalidRequest, MalformedXml
from cloudchamber.services.s3.keys import WIRE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket

REASONS = {
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 412: "Precondition Failed",
    416: "Requested Range Not Satisfiable", 500: "Internal Server Error",
}  # fmt: skip
_PAGE_MEMBERS = (
    "Body", "StatusCode", "ContentType", "ContentLength", "ContentRange", "ContentEncoding", "ContentLanguage",
    "ContentDisposition", "CacheControl", "Expires", "ETag", "LastModified", "Metadata",
)  # fmt: skip
_CONDITIONS = {
    "if-match": "IfMatch", "if-none-match": "IfNoneMatch", "if-modified-since": "IfModifiedSince",
    "if-unmodified-since": "IfUnmodifiedSince", "range": "Range",
}  # fmt: skip
Page = dict[str, Any]


class Website(Configuration):
    @operation
    async def put_bucket_website(self, ctx: Context, request: Request) -> None:
        bucket, given = self.bucket(ctx, request), request["WebsiteConfiguration"]
        check(given)
        self.configure(bucket, "website", given)

    @operation
    async def get_bucket_website(self, ctx: Context, request: Request) -> Mapping[str, Any]:
        absent = (
            "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration",
        )  # fmt: skip
        found: Mapping[str, Any] = self.configured(ctx, request, "website", absent)
        return found

    @operation
    async def delete_bucket_website(self, ctx: Context, request: Request) -> None:
        self.configure(self.bucket(ctx, request), "website", None)

    # the endpoint

    @operation
    async def get_website_page(self, ctx: Context, request: Request) -> Page:
        return await self._page(ctx, request)

    @operation
    async def get_website_root(self, ctx: Context, request: Request) -> Page:
        return await self._page(ctx, request)

    @operation
    async def head_website_page(self, ctx: Context, request: Request) -> Page:
        return _without_body(await self._page(ctx, request))

    @operation
    async def head_website_root(self, ctx: Context, request: Request) -> Page:
        return _without_body(await self._page(ctx, request))

    async def _page(self, ctx: Context, request: Request) -> Page:
        name, key, wire = request["Bucket"], request.get("Key") or "", request[WIRE]
        if wire.path.endswith("/") and key and not key.endswith("/"):
            key += "/"  # path templates end with an optional slash
        bucket = self.store.buckets.get(name)
        if bucket is None:
            members = {"BucketName": name}
            return _error_page(404, "NoSuchBucket", "The specified bucket does not exist", members, ctx)
        site = bucket.configurations.get("website")
        if site is None:
            text = "The specified bucket does not have a website configuration"
            return _error_page(404, "NoSuchWebsiteConfiguration", text, {"BucketName": name}, ctx)
        whole = site.get("RedirectAllRequestsTo")
        if whole is not None:
            where = {"HostName": whole["HostName"], "Protocol": whole.get("Protocol")}
            return _redirect(where, key, "", wire)
        rule = _rule(site, key, None)
        if rule is not None:
            return _redirect(rule["Redirect"], key, (rule.get("Condition") or {}).get("KeyPrefixEquals") or "", wire)
        return await self._read(ctx, bucket, site, (key, wire))

    async def _read(self, ctx: Context, bucket: Bucket, site: Mapping[str, Any], asked: tuple[str, Any]) -> Page:
        key, wire = asked
        suffix = (site.get("IndexDocument") or {}).get("Suffix", "index.html")
        wanted = key + suffix if not key or key.endswith("/") else key
        conditions = {member: wire.headers[name] for name, member in _CONDITIONS.items() if name in wire.headers}
        try:
            found = await ctx.call("s3:GetObject", principal=ANONYMOUS, Bucket=bucket.name, Key=wanted, **conditions)
        except AwsError as error:
            index = f"{key}/{suffix}"
            if error.status in (403, 404) and not key.endswith("/") and key:
                version = self.store.latest(bucket.number, index)
                if version is not None and not version.is_marker:
                    return {"StatusCode": 302, "Location": f"/{quote(key)}/", "Body": b""}
            return await self._failed(ctx, bucket, site, (key, wire, error))
        if found.get("WebsiteRedirectLocation"):
            return {"StatusCode": 301, "Location": found["WebsiteRedirectLocation"], "Body": b""}
        return {name: found[name] for name in _PAGE_MEMBERS if name in found}

    async def _failed(
        self, ctx: Context, bucket: Bucket, site: Mapping[str, Any], what: tuple[str, Any, AwsError]
    ) -> Page:
        """A redirect by the error's status, the site's own error document, or S3's."""
        key, wire, error = what
        rule = _rule(site, key, error.status)
        if rule is not None:
            return _redirect(rule["Redirect"], key, (rule.get("Condition") or {}).get("KeyPrefixEquals") or "", wire)
        document = (site.get("ErrorDocument") or {}).get("Key")
        if document and 400 <= error.status < 500:
            try:
                found = await ctx.call("s3:GetObject", principal=ANONYMOUS, Bucket=bucket.name, Key=document)
                return {**{n: found[n] for n in _PAGE_MEMBERS if n in found}, "StatusCode": error.status}
            except AwsError:
                pass
        message = "Access Denied" if error.code == "AccessDenied" else error.message
        return _error_page(error.status, error.code, message, {"Key": key} if error.status == 404 else {}, ctx)


def _without_body(page: Page) -> Page:
    body = page.pop("Body", b"")
    if hasattr(body, "close"):
        body.close()
    elif "ContentLength" not in page:
        page["ContentLength"] = len(body)
    return page


def _rule(site: Mapping[str, Any], key: str, status: int | None) -> Mapping[str, Any] | None:
    """The first routing rule that fits a key, before it is read (`status` None) or after that ended in an error."""
    for rule in site.get("RoutingRules") or ():
        condition = rule.get("Condition") or {}
        on_error = condition.get("HttpErrorCodeReturnedEquals")
        if (on_error is None) != (status is None) or (on_error is not None and on_error != str(status)):
            continue
        if key.startswith(condition.get("KeyPrefixEquals") or ""):
            found: Mapping[str, Any] = rule
            return found
    return None


def _redirect(where: Mapping[str, Any], key: str, prefix: str, wire: Any) -> Page:
    if where.get("ReplaceKeyWith") is not None:
        key = where["ReplaceKeyWith"]
    elif where.get("ReplaceKeyPrefixWith") is not None:
        key = where["ReplaceKeyPrefixWith"] + key.removeprefix(prefix)
    protocol = where.get("Protocol") or ("https" if getattr(wire, "secure", False) else "http")
    host = where.get("HostName") or wire.headers.get("host", "localhost")
    status = int(where.get("HttpRedirectCode") or 301)
    return {"StatusCode": status, "Location": f"{protocol}://{host}/{quote(key)}", "Body": b""}


def _error_page(status: int, code: str, message: str, members: Mapping[str, str], ctx: Context) -> Page:
    """S3's own error page."""
    title = f"{status} {REASONS.get(status, 'Error')}"
    lines = {"Code": code, "Message": message, **members, "RequestId": ctx.request_id, "HostId": ctx.request_id}
    items = "".join(f"<li>{escape(name)}: {escape(value)}</li>\n" for name, value in lines.items())
    body = (
        f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<ul>\n{items}</ul>\n<hr/>\n</body>\n"
        "</html>\n"
    )
    return {"StatusCode": status, "ContentType": "text/html; charset=utf-8", "Body": body.encode()}


def check(site: Mapping[str, Any]) -> None:
    """InvalidArgument, InvalidRequest and MalformedXML for a configuration that S3 does not take."""
    if site.get("RedirectAllRequestsTo") is not None:
        if any(site.get(name) for name in ("IndexDocument", "ErrorDocument", "RoutingRules")):
            raise InvalidArgument("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.")
        return
    index = site.get("IndexDocument")
    if index is None:
        raise InvalidArgument(
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
            "IndexDocument", "null",
        )  # fmt: skip
    suffix = index["Suffix"]
    if not suffix or "/" in suffix:
        raise InvalidArgument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix)
    rules = site.get("RoutingRules") or ()
    if len(rules) > limits.ROUTING_RULES_MAX:
        raise InvalidRequest(f"{len(rules)} routing rules provided, the number of routing rules in a website "
                             f"configuration is limited to {limits.ROUTING_RULES_MAX}.")  # fmt: skip
    for rule in rules:
        where = rule.get("Redirect") or {}
        if where.get("ReplaceKeyWith") is not None and where.get("ReplaceKeyPrefixWith") is not None:
            raise InvalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
        code = where.get("HttpRedirectCode")
        if code is not None and not (code.isdigit() and 301 <= int(code) <= 399):
            raise InvalidRequest(f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except "
                                 "300.")  # fmt: skip
        if not where:
            raise MalformedXml
