"""ImportTable, DescribeImport, ListImports.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
A new table is filled from the objects under a prefix, which are read as the one who asked for it. It is CREATING until
then. An import that was interrupted begins anew: an item that is there already is written once more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError, NotImplementedByUs, ValidationError
from cloudchamber.core.service import operation
from cloudchamber.identity import principals
from cloudchamber.services.dynamodb import callers, import_files, keys, limits
from cloudchamber.services.dynamodb.backup import USER, new_id
from cloudchamber.services.dynamodb.changes import Origin, check_key_values
from cloudchamber.services.dynamodb.copying import activated, awaiting_copy
from cloudchamber.services.dynamodb.errors import ImportConflict, ImportNotFound
from cloudchamber.services.dynamodb.import_files import COMPLETED, FAILED, IN_PROGRESS, Import, Unreadable
from cloudchamber.services.dynamodb.policy import locate
from cloudchamber.services.dynamodb.tables import Tables
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform, Request
    from cloudchamber.services.dynamodb.table import TableView

ROWS_AT_ONCE = 500
LISTED = 25
TOKEN_HEX_DIGITS = 112
INVALID_ITEMS = (
    "ItemValidationError",
    "Some of the items failed validation checks. Please check CloudWatch error logs for more details.",
)


class Imports(Tables):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.imports: Table[Import] = Table(
            platform.store, "dynamodb_imports", Import, ("account", "region", "table_name", "id")
        )

    async def resume(self) -> None:
        await super().resume()
        for one in self.imports:
            if one.status == IN_PROGRESS:
                self._pursue_import(one)

    @operation
    async def import_table(self, ctx: Context, request: Request) -> dict[str, Any]:
        if request["InputFormat"] == "ION" or request.get("InputCompressionType") == "ZSTD":
            raise NotImplementedByUs("Importing ION or ZSTD exists on AWS and is not implemented in cloudchamber")
        import_files.check_asked(request)
        token, now = request.get("ClientToken") or ids.uuid(), ctx.now()
        earlier = self._same_import(ctx, token, now)
        if earlier is not None:
            if earlier.asked != dict(request):
                raise ImportConflict("The request uses the same client token as an earlier one with other parameters.")
            return {"ImportTableDescription": import_files.description(earlier)}
        asked = request["TableCreationParameters"]
        # Whoever may import may make the table. Nothing waits between here and the end of the transaction.
        await ctx.call("dynamodb:CreateTable", principal=principals.root(ctx.account), **asked)
        view = self.table(ctx, asked["TableName"])
        with self.platform.store.transaction():
            self.store.save(awaiting_copy(view.record))
            place = (ctx.account, ctx.region, view.name)
            one = Import(*place, new_id(now, USER), view.record.id, now, dict(request), callers.kept(ctx), token)
            self.imports.put(one)
        self._pursue_import(one)
        return {"ImportTableDescription": import_files.description(one)}

    def _same_import(self, ctx: Context, token: str, now: float) -> Import | None:
        """The import that was asked for with a token in the last eight hours."""
        for one in self.imports.where(account=ctx.account, region=ctx.region):
            if one.token == token and now < (one.ended_at or now) + limits.EXPORT_TOKEN_SECONDS:
                return one
        return None

    @operation
    async def describe_import(self, ctx: Context, request: Request) -> dict[str, Any]:
        arn = request["ImportArn"]
        table_arn, _, import_id = arn.partition("/import/")
        found = self.imports.get(*locate(ctx, table_arn), import_id)
        if found is None:
            raise ImportNotFound(arn)
        return {"ImportTableDescription": import_files.description(found)}

    @operation
    async def list_imports(self, ctx: Context, request: Request) -> dict[str, Any]:
        wanted: dict[str, Any] = {"account": ctx.account, "region": ctx.region}
        if "TableArn" in request:
            wanted["table_name"] = locate(ctx, request["TableArn"])[2]
        after = _read_token(request["NextToken"]) if "NextToken" in request else ""
        found = sorted(self.imports.where(**wanted), key=lambda one: one.id)
        found = [one for one in found if one.id > after]
        limit = request.get("PageSize", LISTED)
        answer: dict[str, Any] = {"ImportSummaryList": [import_files.summary(one) for one in found[:limit]]}
        if len(found) > limit:
            answer["NextToken"] = _token(found[limit - 1].id)
        return answer

    # the work

    def _pursue_import(self, one: Import) -> None:
        self.clock.spawn(self._import(one), "dynamodb import")

    async def _import(self, one: Import) -> None:
        one = replace(one, processed=0, imported=0, errors=0, size_bytes=0)
        try:
            for key in await self._object_keys(one):
                one = await self._import_object(one, key)
            done = replace(one, status=FAILED if one.errors else COMPLETED, failure=INVALID_ITEMS if one.errors else ())
        except AwsError as error:
            code = error.code if error.code.startswith("S3") else f"S3{error.code}"
            done = replace(one, status=FAILED, failure=(code, error.message))
        now = self.clock.now()
        with self.platform.store.transaction():
            self.imports.put(replace(done, ended_at=now))
            view = self._import_target(done)
            if view is not None:
                self.store.save(activated(view.record, now))

    def _import_target(self, one: Import) -> TableView | None:
        view = self.store.view(one.account, one.region, one.table_name)
        return None if view is None or view.record.id != one.table_id else view

    async def _object_keys(self, one: Import) -> list[str]:
        """AwsError of S3, and S3NoSuchKey if there is no object under the prefix."""
        source = one.asked["S3BucketSource"]
        found: list[str] = []
        more: dict[str, Any] = {}
        while True:
            answer = await self._ask_s3(one, "ListObjectsV2", Prefix=source.get("S3KeyPrefix", ""), **more)
            found += [entry["Key"] for entry in answer.get("Contents") or ()]
            if not answer.get("IsTruncated"):
                break
            more = {"ContinuationToken": answer["NextContinuationToken"]}
        if not found:
            raise AwsError("The specified key does not exist.", code="NoSuchKey")
        return found

    async def _ask_s3(self, one: Import, operation_name: str, **request: Any) -> Any:
        source = one.asked["S3BucketSource"]
        owner = {"ExpectedBucketOwner": source["S3BucketOwner"]} if "S3BucketOwner" in source else {}
        asked = {"Bucket": source["S3Bucket"], **owner, **request}
        caller = callers.principal(one.caller)
        account = caller.account or one.account
        return await self.platform.dispatcher.enter(caller, account, one.region, f"s3:{operation_name}", asked)

    async def _import_object(self, one: Import, key: str) -> Import:
        """The import, with one object more."""
        body = (await self._ask_s3(one, "GetObject", Key=key))["Body"]
        content = body if isinstance(body, bytes) else b"".join([piece async for piece in body])
        chunk: list[tuple[Any, int] | None] = []
        try:
            content = import_files.uncompressed(content, one.asked.get("InputCompressionType", "NONE"))
            one = replace(one, size_bytes=one.size_bytes + len(content))
            for found in import_files.items(content, one.asked):
                chunk.append(found)
                if len(chunk) == ROWS_AT_ONCE:
                    one, chunk = self._import_items(one, chunk), []
                    await self.clock.breathe()
        except Unreadable:  # the rest of the object is left out
            chunk.append(None)
        return self._import_items(one, chunk)

    def _import_items(self, one: Import, found: list[tuple[Any, int] | None]) -> Import:
        view = self._import_target(one)
        imported = 0
        with self.platform.store.transaction():
            for sized in found:
                imported += view is not None and sized is not None and self._import_item(view, sized, one.begun_at)
            one = replace(
                one,
                processed=one.processed + len(found),
                imported=one.imported + imported,
                errors=one.errors + len(found) - imported,
            )
            self.imports.put(one)
        return one

    def _import_item(self, view: TableView, sized: tuple[Any, int], at: float) -> bool:
        """Whether the item fits its table."""
        item = sized[0]
        try:
            check_key_values(view, item)
        except AwsError:
            return False
        key = keys.item_key(view.number, view.key, item)
        self.changes.put_sized(view, key, self.store.get(key), sized, Origin(at))
        return True


def _token(text: str) -> str:
    """A marker of as many hexadecimal digits as the model asks for."""
    return text.encode().hex().ljust(TOKEN_HEX_DIGITS, "0")


def _read_token(token: str) -> str:
    try:
        return bytes.fromhex(token).rstrip(b"\x00").decode()
    except ValueError:
        raise ValidationError("Invalid NextToken") from None
