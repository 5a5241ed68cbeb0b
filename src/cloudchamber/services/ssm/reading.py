"""GetParameter, GetParameters, GetParametersByPath, GetParameterHistory.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
Beside the account's own there are AWS's public parameters, and secrets of Secrets Manager under a reserved path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError, ValidationError
from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.ssm import filters, limits, names, public
from cloudchamber.services.ssm.base import SsmBase
from cloudchamber.services.ssm.errors import ParameterNotFound, ParameterVersionNotFound
from cloudchamber.services.ssm.names import Reference
from cloudchamber.services.ssm.parameter import SECURE, STRING, Parameter, Version, about

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.ssm import shapes
    from cloudchamber.services.ssm.filters import Passes


class Reading(SsmBase):
    @operation
    async def get_parameter(self, ctx: Context, request: shapes.GetParameterRequest) -> shapes.GetParameterResult:
        return {"Parameter": await self._read(ctx, request["Name"], request.get("WithDecryption"))}

    @operation
    async def get_parameters(self, ctx: Context, request: shapes.GetParametersRequest) -> shapes.GetParametersResult:
        found, invalid = [], []
        for name in dict.fromkeys(request["Names"]):
            try:
                found.append(await self._read(ctx, name, request.get("WithDecryption")))
            except (ParameterNotFound, ParameterVersionNotFound):
                invalid.append(name)
        return {"Parameters": found, "InvalidParameters": invalid}

    async def _read(self, ctx: Context, name: str, decrypt: bool | None) -> Any:
        """What one name means, as an answer shows it."""
        ref = names.locate(ctx, name)
        if ref.path.startswith(names.PUBLIC):
            if ref.path.startswith(names.SECRETS):
                return await self._secret(ctx, ref, decrypt)
            return _public(ref)
        if ref.region != ctx.region:
            raise ParameterNotFound
        found = self.parameter(ref)
        version = self.selected(found, ref.selector)
        shown = await self._shown(ctx, found, version, decrypt)
        if ref.selector:
            shown["Selector"] = f":{ref.selector}"
        return shown

    async def _shown(self, ctx: Context, found: Parameter, version: Version, decrypt: bool | None) -> dict[str, Any]:
        return {
            "Name": found.name,
            "Type": version.type,
            "Value": await self.value(ctx, found, version, decrypt),
            "Version": version.number,
            "LastModifiedDate": version.modified_at,
            "ARN": found.arn,
            "DataType": version.data_type,
        }

    async def _secret(self, ctx: Context, ref: Reference, decrypt: bool | None) -> dict[str, Any]:
        """A secret of Secrets Manager, which decides whether the caller may have it; nothing of it is kept.

        https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
        """
        if not decrypt:
            raise ValidationError("WithDecryption flag must be True for retrieving a Secret Manager secret.")
        request: dict[str, Any] = {"SecretId": ref.path.removeprefix(names.SECRETS)}
        if ref.selector:
            request["VersionId" if len(ref.selector) >= 32 else "VersionStage"] = ref.selector
        try:
            secret = await ctx.call("secretsmanager:GetSecretValue", **request)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise ParameterNotFound(
                f"An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {ref.path} not found."
            ) from None
        plain = {name: value for name, value in secret.items() if name != "SecretBinary"}
        shown = {
            "Name": ref.path, "Type": SECURE, "Value": secret.get("SecretString", ""), "Version": 0,
            "SourceResult": orjson.dumps(plain).decode(), "LastModifiedDate": secret["CreatedDate"], "ARN": ref.arn,
            "DataType": "text",
        }  # fmt: skip
        return {**shown, "Selector": f":{ref.selector}"} if ref.selector else shown

    # by path

    @operation
    async def get_parameters_by_path(
        self, ctx: Context, request: shapes.GetParametersByPathRequest
    ) -> shapes.GetParametersByPathResult:
        path = names.check_path(request["Path"])
        after, size = self.after(request.get("NextToken")), request.get("MaxResults") or limits.BY_PATH_LISTED
        tests = filters.parse(request.get("ParameterFilters") or (), filters.BY_PATH_KEYS, tags=False)
        is_deep, decrypt = bool(request.get("Recursive")), request.get("WithDecryption")
        if f"{path}/".startswith(names.PUBLIC):
            listed = public.under(ctx.region, path, after, is_deep=is_deep)
            page: list[Any] = [_public(Reference("", ctx.region, name, name)) for name in listed[:size]]
            last = listed[size - 1] if len(listed) > size else ""
        else:
            labels: Sequence[str] = ()
            for one in request.get("ParameterFilters") or ():
                labels = one.get("Values") or () if one["Key"] == "Label" else labels
            chosen, last = self._below(ctx, path, after, (size, is_deep, tests, labels))
            page = [await self._shown(ctx, found, version, decrypt) for found, version in chosen]
        answer: shapes.GetParametersByPathResult = {"Parameters": page}
        if last:
            answer["NextToken"] = encode_marker(last)
        return answer

    def _below(
        self, ctx: Context, path: str, after: str, wanted: tuple[int, bool, list[Passes], Sequence[str]]
    ) -> tuple[list[tuple[Parameter, Version]], str]:
        """A page of parameters below a path that pass the filters, and the path it ended at (empty if it is the last).

        With a label, each parameter's version of that label; else the latest.
        """
        size, is_deep, tests, labels = wanted
        find = self.store.under if is_deep else self.store.directly_under
        chosen: list[tuple[Parameter, Version]] = []
        while True:
            rows = find((ctx.account, ctx.region), path, after, limits.SCANNED_ROWS)
            for found in rows:
                versions = self.store.history(found) if labels else [self.store.latest(found)]
                passing = [(found, v) for v in versions if all(passes(found, v) for passes in tests)]
                if passing and len(chosen) + len(passing) > size and chosen:
                    return chosen, after
                chosen += passing
                after = found.path
            if len(rows) < limits.SCANNED_ROWS:
                return chosen, ""

    # history

    @operation
    async def get_parameter_history(
        self, ctx: Context, request: shapes.GetParameterHistoryRequest
    ) -> shapes.GetParameterHistoryResult:
        found = self.parameter(names.locate(ctx, request["Name"]))
        size = request.get("MaxResults") or limits.HISTORY_LISTED
        after = self.after(request.get("NextToken"))
        versions = self.store.history(found, int(after) if after.isdecimal() else 0, size + 1)
        page: list[Any] = []
        for version in versions[:size]:
            policies = found.policies if version.number == found.version else ()
            value = await self.value(ctx, found, version, request.get("WithDecryption"))
            page.append({
                "Name": found.name, **about(version), "Value": value, "Labels": list(version.labels),
                "Policies": [policy.shown() for policy in policies],
            })  # fmt: skip
        answer: shapes.GetParameterHistoryResult = {"Parameters": page}
        if len(versions) > size:
            answer["NextToken"] = encode_marker(str(versions[size - 1].number))
        return answer


def _public(ref: Reference) -> dict[str, Any]:
    """One of AWS's public parameters; ParameterNotFound."""
    value = public.value(ref.region, ref.path)
    if value is None:
        raise ParameterNotFound
    if ref.selector not in ("", str(public.VERSION)):
        raise ParameterVersionNotFound(ref.selector, ref.name)
    shown = {
        "Name": ref.path, "Type": STRING, "Value": value, "Version": public.VERSION,
        "LastModifiedDate": public.MODIFIED_AT, "ARN": ref.arn, "DataType": public.data_type(ref.path),
    }  # fmt: skip
    return {**shown, "Selector": f":{ref.selector}"} if ref.selector else shown
