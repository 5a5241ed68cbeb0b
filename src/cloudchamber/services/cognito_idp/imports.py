"""Importing users from a CSV file: a job is made, the file uploaded to the address it gives, and the job started.

A job goes through its file in batches; each is one transaction with the job's own counts, so that one that was cut off
goes on where it stood. What became of each line is logged as the job's role.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import attributes, import_file
from cloudchamber.services.cognito_idp.base import Answer, listed
from cloudchamber.services.cognito_idp.errors import PreconditionNotMet, ResourceNotFound
from cloudchamber.services.cognito_idp.issuing import hashed
from cloudchamber.services.cognito_idp.naming import Naming
from cloudchamber.services.cognito_idp.records import IMPORTING as RUNNING
from cloudchamber.services.cognito_idp.records import RESET_REQUIRED, SMS_MFA, ImportJob, Pool, User
from cloudchamber.services.cognito_idp.triggers import SERVICE

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.identity import principals

CREATED, STOPPED, FAILED, SUCCEEDED = "Created", "Stopped", "Failed", "Succeeded"
BATCH: Final = 50
_FILES: Final = ["CREATE TABLE cognito_import_files (job_id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID"]


class Imports(Naming):
    async def resume(self) -> None:
        """Jobs that were cut off go on."""
        for job in self.store.imports:
            if job.status == RUNNING:
                self.clock.spawn(self._run(job), f"import {job.id}")

    @operation
    async def get_csv_header(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        return {"UserPoolId": pool.id, "CSVHeader": import_file.header(pool)}

    @operation
    async def create_user_import_job(self, ctx: Context, request: Request) -> Answer:
        pool, secret = self.pool(ctx, request), ids.token()
        job = ImportJob(
            pool.id, f"import-{ids.alphanumeric(10)}", request["JobName"], request["CloudWatchLogsRoleArn"], ctx.now(),
            upload=hashed(secret),
        )  # fmt: skip
        self.store.imports.put(job)
        address = f"{self.address}/{pool.id}/imports/{job.id}?upload={secret}"
        return {"UserImportJob": {**_shown(job), "PreSignedUrl": address}}

    def upload(self, place: tuple[str, str], secret: str, content: str) -> bool:
        """Take the file for a job (pool's id and its own) that has not begun; whether the address was right."""
        job = self.store.imports.get(*place)
        if job is None or job.status != CREATED or not hmac.compare_digest(hashed(secret), job.upload):
            return False
        self.platform.store.ensure("cognito:import_files", _FILES)
        self.platform.store.execute("INSERT OR REPLACE INTO cognito_import_files VALUES (?, ?)", (job.id, content))
        return True

    def _content(self, job: ImportJob) -> str | None:
        self.platform.store.ensure("cognito:import_files", _FILES)
        found: str | None = self.platform.store.value(
            "SELECT content FROM cognito_import_files WHERE job_id = ?", (job.id,)
        )
        return found

    @operation
    async def describe_user_import_job(self, ctx: Context, request: Request) -> Answer:
        return {"UserImportJob": _shown(self._job(ctx, request))}

    @operation
    async def list_user_import_jobs(self, ctx: Context, request: Request) -> Answer:
        found = self.store.imports.where(pool_id=self.pool(ctx, request).id)
        found.sort(key=lambda job: job.id)
        chosen, more = listed(request, found, lambda job: job.id, "PaginationToken")
        return {"UserImportJobs": [_shown(job) for job in chosen], **more}

    @operation
    async def start_user_import_job(self, ctx: Context, request: Request) -> Answer:
        job = self._job(ctx, request)
        if job.status != CREATED or self._content(job) is None:
            raise PreconditionNotMet("The import job has no file, or was started before.")
        if any(other.status == RUNNING for other in self.store.imports.where(pool_id=job.pool_id)):
            raise PreconditionNotMet("Another import job is in progress for the user pool.")
        job = self.store.imports.put(replace(job, status=RUNNING, started_at=ctx.now()))
        self.clock.spawn(self._run(job), f"import {job.id}")
        return {"UserImportJob": {**_shown(job), "Status": "Pending"}}

    @operation
    async def stop_user_import_job(self, ctx: Context, request: Request) -> Answer:
        job = self._job(ctx, request)
        if job.status not in (CREATED, RUNNING):
            raise PreconditionNotMet("The import job has ended.")
        stopped = replace(
            job, status=STOPPED, ended_at=ctx.now(), message="The Import Job was stopped by the developer."
        )
        return {"UserImportJob": _shown(self.store.imports.put(stopped))}

    def _job(self, ctx: Context, request: Request) -> ImportJob:
        found = self.store.imports.get(self.pool(ctx, request).id, request["JobId"])
        if found is None:
            raise ResourceNotFound(f"User import job {request['JobId']} does not exist.")
        return found

    # the work

    async def _run(self, job: ImportJob) -> None:
        pool, told = self.store.pools.get(job.pool_id), ["The import job has begun."]
        if pool is None:
            return
        try:
            found = list(import_file.lines(self._content(job) or "", pool))
        except import_file.BadLine as error:
            self._end(job, FAILED, str(error))
            await self._log(job, pool, [str(error)])
            return
        done = job.imported + job.skipped + job.failed
        for at in range(done, len(found), BATCH):
            present = self.store.imports.get(job.pool_id, job.id)
            if present is None or present.status != RUNNING:
                break
            job = present
            with self.platform.store.transaction():
                for line, names, fields in found[at : at + BATCH]:
                    job = self._imported(pool, job, (line, names, fields), told)
                self.store.imports.put(job)
            await self.clock.breathe()
        else:
            self._end(job, SUCCEEDED, "Import Job Completed Successfully.")
        await self._log(job, pool, told)

    def _end(self, job: ImportJob, status: str, message: str) -> None:
        self.store.imports.put(replace(job, status=status, message=message, ended_at=self.clock.now()))

    def _imported(self, pool: Pool, job: ImportJob, line: tuple[int, Any, Any], told: list[str]) -> ImportJob:
        """A line becomes a user, or not; the job with its count. Inside a transaction."""
        number, names, fields = line
        try:
            given = import_file.attributes(names, fields)
            user = self._user_of(pool, given)
            known = self.store.users.get(pool.id, user.username) or self._taken(pool, user)
            if known is not None:
                told.append(f"[SKIPPED] Line Number {number} - The user already exists in the user pool.")
                return replace(job, skipped=job.skipped + 1)
            attributes.check(pool, user.attributes)
            attributes.check_required(pool, user.attributes)
        except (import_file.BadLine, AwsError) as error:
            told.append(f"[FAILED] Line Number {number} - {error}")
            return replace(job, failed=job.failed + 1)
        self.store.put_user(user)
        told.append(f"[SUCCEEDED] Line Number {number} - The import succeeded.")
        return replace(job, imported=job.imported + 1)

    def _taken(self, pool: Pool, user: User) -> User | None:
        for attribute in ("email", "phone_number", "preferred_username"):
            value = user.attributes.get(attribute)
            found = None if value is None else self.user_by_alias(pool, attribute, value)
            if found is not None:
                return found
        return None

    def _user_of(self, pool: Pool, given: dict[str, str]) -> User:
        sub, now = ids.uuid(), self.clock.now()
        username, said = self.username_of(pool, given.pop(import_file.USERNAME), sub)
        mfa = (SMS_MFA,) if given.pop(import_file.MFA, "false") == "true" and given.get("phone_number") else ()
        return User(pool.id, username, sub, now, now, RESET_REQUIRED, {"sub": sub, **given, **said}, mfa=mfa)

    async def _log(self, job: ImportJob, pool: Pool, told: list[str]) -> None:
        """As the job's role, to `/aws/cognito/userpools/ID/NAME`; without leave to log there is no log."""
        enter = self.platform.dispatcher.enter
        group = {"logGroupName": f"/aws/cognito/userpools/{pool.id}/{pool.name}"}
        stream = {**group, "logStreamName": job.id}
        events = [{"timestamp": int(self.clock.now() * 1000), "message": text} for text in told]
        try:
            asked = {"RoleArn": job.role_arn, "RoleSessionName": "cognito-import"}
            made = await enter(SERVICE, pool.account, pool.region, "sts:AssumeRole", asked)
            credential = self.platform.identities.credential(made["Credentials"]["AccessKeyId"])
            who: principals.Principal = credential.principal
            await self._log_group(who, pool, group)
            await enter(who, pool.account, pool.region, "logs:CreateLogStream", stream)
            await enter(who, pool.account, pool.region, "logs:PutLogEvents", {**stream, "logEvents": events})
        except AwsError:
            return

    async def _log_group(self, who: principals.Principal, pool: Pool, group: dict[str, str]) -> None:
        try:
            await self.platform.dispatcher.enter(who, pool.account, pool.region, "logs:CreateLogGroup", group)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise


def _shown(job: ImportJob) -> Answer:
    shown: Answer = {
        "JobName": job.name, "JobId": job.id, "UserPoolId": job.pool_id, "CreationDate": job.created_at,
        "Status": job.status, "CloudWatchLogsRoleArn": job.role_arn, "ImportedUsers": job.imported,
        "SkippedUsers": job.skipped, "FailedUsers": job.failed,
    }  # fmt: skip
    for member, value in (
        ("StartDate", job.started_at), ("CompletionDate", job.ended_at), ("CompletionMessage", job.message or None)
    ):  # fmt: skip
        if value is not None:
            shown[member] = value
    return shown
