"""Service-linked roles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html

A deletion is done when its task is handed out: nothing here uses such a role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.iam import limits, linked_services, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import InvalidInput, NoSuchEntity, no_such, over_quota
from cloudchamber.services.iam.records import Attachment, DeletionTask, Role

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.iam import shapes


class ServiceLinkedRoles(IamBase):
    @operation
    async def create_service_linked_role(
        self, ctx: Context, request: shapes.CreateServiceLinkedRoleRequest
    ) -> shapes.CreateServiceLinkedRoleResponse:
        service, suffix = request["AWSServiceName"], request.get("CustomSuffix")
        if not linked_services.is_known(service):
            raise InvalidInput(f"Cannot find Service Linked Role template for {service}")
        if suffix and not linked_services.takes_suffix(service):
            raise InvalidInput(f"Custom suffix is not allowed for {service}")
        name = linked_services.role_name(service, suffix)
        if self.store.roles.get(ctx.account, name.lower()) is not None:
            raise InvalidInput(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            )
        if self.store.roles.count(account=ctx.account) >= limits.ROLES_MAX:
            raise over_quota("RolesPerAccount", limits.ROLES_MAX)
        role = Role(
            ctx.account, name, f"/aws-service-role/{service}/", ids.iam_id("AROA"), ctx.now(),
            linked_services.trust_policy(service), request.get("Description"), linked_service=service,
        )  # fmt: skip
        arn = linked_services.policy_arn(service)
        with self.platform.store.transaction():
            self.store.roles.put(role)
            if self.policy_by_arn(arn) is not None:
                self.store.attachments.put(Attachment(ctx.account, role.id, arn, "role"))
        shown = wire.role(self.store, role)
        del shown["RoleLastUsed"]
        return {"Role": shown}

    @operation
    async def delete_service_linked_role(
        self, ctx: Context, request: shapes.DeleteServiceLinkedRoleRequest
    ) -> shapes.DeleteServiceLinkedRoleResponse:
        role = self.role(ctx, request["RoleName"])
        if role.linked_service is None:
            raise no_such("role", role.name)
        task = DeletionTask(
            ctx.account,
            f"task/aws-service-role/{role.linked_service}/{role.name}/{ids.uuid()}",
            "SUCCEEDED",
            ctx.now(),
        )
        with self.platform.store.transaction():
            for attachment in self.store.attached_to(role.id):
                self.store.attachments.delete(role.id, attachment.policy_arn)
            self.store.roles.delete(ctx.account, role.key)
            self.store.role_uses.delete(role.id)
            self.store.deletions.put(task)
        return {"DeletionTaskId": task.id}

    @operation
    async def get_service_linked_role_deletion_status(
        self, ctx: Context, request: shapes.GetServiceLinkedRoleDeletionStatusRequest
    ) -> shapes.GetServiceLinkedRoleDeletionStatusResponse:
        task = self.store.deletions.get(ctx.account, request["DeletionTaskId"])
        if task is None:
            raise NoSuchEntity(f"Deletion task id {request['DeletionTaskId']} cannot be found.")
        return {"Status": task.status}
