"""Templates in v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses.rendering import Rendering
from cloudchamber.services.ses.tables import Template

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


def _read(ctx: Context, wanted: Request) -> Template:
    return Template(
        ctx.account, ctx.region, wanted["TemplateName"], ctx.now(), wanted.get("SubjectPart") or "",
        wanted.get("TextPart") or "", wanted.get("HtmlPart") or "",
    )  # fmt: skip


class Templates(Rendering):
    @operation
    async def create_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        self.save_template(_read(ctx, request["Template"]), is_new=True)
        return {}

    @operation
    async def update_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        self.save_template(_read(ctx, request["Template"]), is_new=False)
        return {}

    @operation
    async def get_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.template(ctx, request["TemplateName"])
        parts = {"SubjectPart": found.subject, "TextPart": found.text, "HtmlPart": found.html}
        return {"Template": {"TemplateName": found.name, **{name: part for name, part in parts.items() if part}}}

    @operation
    async def delete_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        self.store.templates.delete(ctx.account, ctx.region, request["TemplateName"])
        return {}

    @operation
    async def list_templates(self, ctx: Context, request: Request) -> dict[str, Any]:
        found, more = self.listed(ctx, self.store.templates, request.get("NextToken"), request.get("MaxItems"))
        return {"TemplatesMetadata": [{"Name": t.name, "CreatedTimestamp": t.created_at} for t in found], **more}

    @operation
    async def test_render_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"RenderedTemplate": self.test_render(ctx, request["TemplateName"], request["TemplateData"])}
