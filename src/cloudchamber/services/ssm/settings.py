"""Service settings of Parameter Store: GetServiceSetting, UpdateServiceSetting, ResetServiceSetting.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetServiceSetting.html
The settings of Systems Manager's other parts belong to what is not here, and answer 501.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.ssm import policy
from cloudchamber.services.ssm.base import SsmBase
from cloudchamber.services.ssm.errors import ServiceSettingNotFound
from cloudchamber.services.ssm.parameter import ADVANCED, INTELLIGENT, STANDARD
from cloudchamber.services.ssm.store import Setting, SsmStore

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.ssm import shapes

DEFAULT_TIER = "/ssm/parameter-store/default-parameter-tier"
THROUGHPUT = "/ssm/parameter-store/high-throughput-enabled"
# Setting -> what it can be, the default first.
_VALUES = {DEFAULT_TIER: (STANDARD, ADVANCED, INTELLIGENT), THROUGHPUT: ("false", "true")}
_ELSEWHERE = (
    "/ssm/appmanager/", "/ssm/automation/", "/ssm/documents/", "/ssm/managed-instance/", "/ssm/opsinsights/",
)  # fmt: skip


def setting_value(store: SsmStore, ctx: Context, name: str) -> str:
    """What a setting is at in the caller's account and region."""
    found = store.settings.get(ctx.account, ctx.region, name)
    return _VALUES[name][0] if found is None else found.value


def _id(request: Request) -> str:
    """The setting's id. ServiceSettingNotFound, NotImplemented for those of other parts."""
    name = request["SettingId"]
    if name.startswith("arn:"):
        name = name.partition(policy.SETTING)[2]
    if name.startswith(_ELSEWHERE):
        raise NotImplementedByUs(f"the service setting {name} exists on AWS and is not implemented in cloudchamber")
    if name not in _VALUES:
        raise ServiceSettingNotFound
    return str(name)


class Settings(SsmBase):
    @operation
    async def get_service_setting(
        self, ctx: Context, request: shapes.GetServiceSettingRequest
    ) -> shapes.GetServiceSettingResult:
        return {"ServiceSetting": self._setting(ctx, _id(request))}

    @operation
    async def update_service_setting(self, ctx: Context, request: shapes.UpdateServiceSettingRequest) -> None:
        name, value = _id(request), request["SettingValue"]
        if value not in _VALUES[name]:
            raise ValidationError(f"Invalid setting value {value} for the setting {name}.")
        with self.platform.store.transaction():
            self.store.settings.put(Setting(ctx.account, ctx.region, name, value, ctx.now(), ctx.principal.arn))

    @operation
    async def reset_service_setting(
        self, ctx: Context, request: shapes.ResetServiceSettingRequest
    ) -> shapes.ResetServiceSettingResult:
        name = _id(request)
        with self.platform.store.transaction():
            self.store.settings.delete(ctx.account, ctx.region, name)
        return {"ServiceSetting": self._setting(ctx, name)}

    def _setting(self, ctx: Context, name: str) -> Any:
        found = self.store.settings.get(ctx.account, ctx.region, name)
        shown: dict[str, Any] = {
            "SettingId": name, "SettingValue": setting_value(self.store, ctx, name),
            "ARN": policy.setting_arn(ctx, {"SettingId": name}), "Status": "Customized" if found else "Default",
            "LastModifiedUser": found.modified_by if found else "System",
        }  # fmt: skip
        if found is not None:
            shown["LastModifiedDate"] = found.modified_at
        return shown
