"""Listing a dataset's records since a sync count, and writing to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.cognito_sync import changes, limits
from cloudchamber.services.cognito_sync.base import OURSELVES, page_of, pool_arn
from cloudchamber.services.cognito_sync.datasets import Datasets
from cloudchamber.services.cognito_sync.devices import Devices
from cloudchamber.services.cognito_sync.errors import (
    FunctionThrottled,
    InvalidFunctionOutput,
    InvalidParameter,
    LimitExceeded,
    NotAuthorized,
)
from cloudchamber.services.cognito_sync.tables import Dataset, Record, Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.cognito_sync import shapes
    from cloudchamber.services.cognito_sync.base import Owner
    from cloudchamber.services.cognito_sync.changes import Change

TRIGGER = "SyncTrigger"
_THROTTLES = ("TooManyRequestsException", "ThrottlingException")


class Records(Datasets, Devices):
    @operation
    async def list_records(self, ctx: Context, request: shapes.ListRecordsRequest) -> shapes.ListRecordsResponse:
        owner, name = await self.owner(ctx, request), request["DatasetName"]
        identity, short = owner.place(name)
        since = request.get("LastSyncCount") or 0
        after, size = page_of(request, limits.RECORDS_PAGE)
        found = self.store.records(identity, short, (since, after, size + 1))
        dataset = self.store.datasets.get(identity, short)
        token = self._session(ctx, owner, name, request.get("SyncSessionToken"))
        answer: Any = {
            "Records": [_shown(record) for record in found[:size]],
            "Count": self.store.count(identity, short, since),
            "DatasetSyncCount": 0 if dataset is None else dataset.sync_count,
            "DatasetExists": dataset is not None and dataset.exists,
            "DatasetDeletedAfterRequestedSyncCount": dataset is not None and dataset.deleted_at_count > since,
            "MergedDatasetNames": self._merged(owner, name),
            "SyncSessionToken": token,
        }
        if dataset is not None:
            answer["LastModifiedBy"] = dataset.modified_by
        if len(found) > size:
            answer["NextToken"] = encode_marker(found[size - 1].key)
        return answer  # type: ignore[no-any-return]

    def _merged(self, owner: Owner, name: str) -> list[str]:
        """Datasets of the same name that identities had which this one took the place of."""
        found = ((source, self.store.datasets.get(source, name)) for source in owner.merged_from)
        return [f"{name}.{source}" for source, dataset in found if dataset is not None and dataset.exists]

    def _session(self, ctx: Context, owner: Owner, name: str, token: str | None) -> str:
        """The session of a listing: the one it is continued in, or a new one."""
        if token:
            self._check_session(ctx, owner, name, token)
            return token
        now = ctx.now()
        session = Session(ids.token(32), owner.identity, name, now + limits.SESSION_SECONDS)
        kept = self.pool(ctx, {"IdentityPoolId": owner.pool})
        with self.platform.store.transaction():
            self.store.begin(session, now)
            self.store.pools.put(replace(kept, sessions=kept.sessions + 1, modified_at=now))
        ctx.meter("cognito_sync.operations")
        return session.token

    def _check_session(self, ctx: Context, owner: Owner, name: str, token: str) -> None:
        found = self.store.sessions.get(token)
        if found is None or (found.identity, found.dataset) != (owner.identity, name) or ctx.now() >= found.ends_at:
            raise InvalidParameter("Invalid SyncSessionToken.")

    @operation
    async def update_records(self, ctx: Context, request: shapes.UpdateRecordsRequest) -> shapes.UpdateRecordsResponse:
        owner, name = await self.owner(ctx, request), request["DatasetName"]
        self._check_session(ctx, owner, name, request["SyncSessionToken"])
        patches = request.get("RecordPatches") or ()
        identity, short = owner.place(name)
        wanted = changes.checked(patches, self._known(identity, short, patches))
        function = self.pool(ctx, request).events.get(TRIGGER)
        if function and owner.is_user and wanted:
            wanted = await self._decided(ctx, function, request, wanted)
        changes.checked(patches, self._known(identity, short, patches))  # the function took its time
        dataset, written = self._write(ctx, (owner.pool, identity, short), wanted, request.get("DeviceId"))
        self.notify(ctx, dataset, request.get("DeviceId"))
        return {"Records": [_shown(record) for record in written]}

    def _known(self, identity: str, name: str, patches: Sequence[Mapping[str, Any]]) -> dict[str, Record | None]:
        return {patch["Key"]: self.store.record(identity, name, patch["Key"]) for patch in patches}

    def _write(
        self, ctx: Context, place: tuple[str, str, str], wanted: Mapping[str, Change], device: str | None
    ) -> tuple[Dataset, list[Record]]:
        """The dataset one sync count later, and the records that changed. LimitExceededException."""
        pool, identity, name = place
        now, by = ctx.now(), device or ctx.principal.account
        dataset = self.store.datasets.get(identity, name) or Dataset(identity, name, pool, now, now, exists=False)
        if not dataset.exists:
            others = [one for one in self.store.datasets.where(identity=identity) if one.exists]
            if len(others) >= limits.DATASETS_PER_IDENTITY_MAX:
                raise LimitExceeded(f"An identity can have at most {limits.DATASETS_PER_IDENTITY_MAX} datasets.")
            dataset = replace(dataset, created_at=now, exists=True)
        count = dataset.sync_count + (1 if wanted else 0)
        written = [Record(one.key, one.value, count, now, by, one.device_modified_at) for one in wanted.values()]
        with self.platform.store.transaction():
            dataset = self.store.datasets.put(replace(dataset, sync_count=count, modified_at=now, modified_by=by))
            self.store.put(dataset, written)
            records, size = self.store.size(identity, name)
            if size > limits.DATASET_BYTES_MAX or records > limits.RECORDS_PER_DATASET_MAX:
                raise LimitExceeded("The dataset is larger than 1 MB or has more than 1024 records.")
        ctx.meter("cognito_sync.operations")
        return dataset, written

    async def _decided(
        self, ctx: Context, function: str, request: Request, wanted: Mapping[str, Change]
    ) -> dict[str, Change]:
        """The changes as the pool's function wants them. LambdaThrottledException, NotAuthorizedException where it may
        not be called, InvalidLambdaFunctionOutputException."""
        name = request["DatasetName"]
        known = {key: self.store.record(request["IdentityId"], name, key) for key in wanted}
        event = {
            "version": 2, "eventType": TRIGGER, "region": ctx.region, "identityPoolId": request["IdentityPoolId"],
            "identityId": request["IdentityId"], "datasetName": name, "datasetRecords": changes.told(wanted, known),
        }  # fmt: skip
        try:
            answer = await ctx.call(
                "lambda:Invoke", principal=OURSELVES, source_arn=pool_arn(ctx, request["IdentityPoolId"]),
                FunctionName=function, InvocationType="RequestResponse", Payload=orjson.dumps(event),
            )  # fmt: skip
        except AwsError as error:
            if error.code in _THROTTLES:
                raise FunctionThrottled(error.message) from None
            if error.status == 403:
                raise NotAuthorized("Cognito Sync is not allowed to invoke the function.") from None
            raise InvalidFunctionOutput(f"The function could not be invoked: {error.message}") from None
        payload: Any = answer.get("Payload")
        raw = payload.read() if hasattr(payload, "read") else payload
        try:
            found = orjson.loads(raw or b"null")
        except orjson.JSONDecodeError:
            found = None
        if answer.get("FunctionError"):
            message = found.get("errorMessage") if isinstance(found, dict) else None
            raise InvalidFunctionOutput(f"The function failed: {message or answer['FunctionError']}")
        return changes.as_decided(wanted, found)


def _shown(record: Record) -> Any:
    shown: dict[str, Any] = {
        "Key": record.key,
        "SyncCount": record.sync_count,
        "LastModifiedDate": record.modified_at,
        "LastModifiedBy": record.modified_by,
    }
    if record.value is not None:
        shown["Value"] = record.value
    if record.device_modified_at is not None:
        shown["DeviceLastModifiedDate"] = record.device_modified_at
    return shown
