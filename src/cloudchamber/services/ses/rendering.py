"""Templates kept and filled in, as both APIs share it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.ses import errors, limits, template
from cloudchamber.services.ses import mail as mails
from cloudchamber.services.ses.events import Outcome
from cloudchamber.services.ses.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.ses.mail import Mail
    from cloudchamber.services.ses.tables import Template


class Rendering(Sending):
    def save_template(self, kept: Template, is_new: bool) -> None:
        """AlreadyExists, InvalidTemplate, InvalidParameter, LimitExceeded."""
        known = self.store.templates.get(kept.account, kept.region, kept.name)
        if is_new and known is not None:
            raise errors.AlreadyExists(self.version, f"Template {kept.name} already exists.", Name=kept.name)
        if not is_new and known is None:
            raise errors.NoSuchTemplate(self.version, kept.name)
        if not kept.subject:
            raise errors.InvalidParameter(self.version, "The subject must be specified.")
        if not kept.text and not kept.html:
            raise errors.InvalidParameter(self.version, "The text part or the html part must be specified.")
        if sum(len(part.encode()) for part in (kept.subject, kept.text, kept.html)) > limits.TEMPLATE_BYTES_MAX:
            raise errors.InvalidTemplate(self.version, "The template is larger than 500 KB.", TemplateName=kept.name)
        for part in (kept.subject, kept.text, kept.html):
            try:
                template.compiled(part)
            except template.BadTemplate as fault:
                raise errors.InvalidTemplate(self.version, str(fault), TemplateName=kept.name) from None
        if known is not None:
            kept = replace(kept, created_at=known.created_at, tags=known.tags)
        elif self.store.templates.count(account=kept.account, region=kept.region) >= limits.TEMPLATES_MAX:
            raise errors.LimitExceeded(self.version, "The maximum number of templates has been reached.")
        self.store.templates.put(kept)

    def test_render(self, ctx: Context, name: str, text: str) -> str:
        """The MIME message of a template and its data."""
        found = self.template(ctx, name)
        data = self.data(text, name)
        try:
            subject, plain, html = parts(found, data)
        except template.MissingAttribute as fault:
            raise errors.MissingRenderingAttribute(self.version, str(fault), TemplateName=name) from None
        except template.BadTemplate as fault:
            raise errors.InvalidRenderingParameter(self.version, str(fault), TemplateName=name) from None
        return mails.rendered_mime(subject, plain, html, ctx.now())

    def data(self, text: str, name: str = "") -> dict[str, Any]:
        """The variables; InvalidRenderingParameter for what is no JSON object."""
        try:
            found = orjson.loads(text or "{}")
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise errors.InvalidRenderingParameter(
                self.version, "Template rendering data is invalid: it must be a JSON object.", TemplateName=name
            )
        return found

    def send_rendered(
        self, ctx: Context, mail: Mail, found: Template, data: Mapping[str, Any],
        extra: tuple[tuple[str, str], ...] = (),
    ) -> str:  # fmt: skip
        """Send a mail with a template's parts. What cannot be rendered is accepted, and only an event tells of it."""
        failure = None
        try:
            subject, text, html = parts(found, data)
            mail = replace(mail, subject=subject, text=text, html=html)
        except (template.MissingAttribute, template.BadTemplate) as fault:
            failure = Outcome("RENDERING_FAILURE", {"errorMessage": str(fault), "templateName": found.name})
        return self.send(ctx, mails.composed(mail, extra), failure)


def parts(found: Template, data: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML. BadTemplate, MissingAttribute."""
    subject, text, html = (template.render(part, data) for part in (found.subject, found.text, found.html))
    return subject, text, html
