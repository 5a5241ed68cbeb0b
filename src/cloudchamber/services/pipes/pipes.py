"""Operations on pipes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.service import operation
from cloudchamber.services.pipes import limits, settings
from cloudchamber.services.pipes.errors import Conflict, NotFound, QuotaExceeded, ValidationException
from cloudchamber.services.pipes.lifecycle import Lifecycle
from cloudchamber.services.pipes.records import PASSING, Pipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.pipes import shapes


class Pipes(Lifecycle):
    @operation
    async def create_pipe(self, ctx: Context, request: shapes.CreatePipeRequest) -> shapes.CreatePipeResponse:
        name, now = request["Name"], ctx.now()
        if self.store.pipes.get(ctx.account, ctx.region, name) is not None:
            raise Conflict(f"Pipe {name} already exists.", name)
        if self.store.pipes.count(account=ctx.account, region=ctx.region) >= limits.PIPES_MAX:
            raise QuotaExceeded("The maximum number of pipes has been reached.")
        pipe = Pipe(
            ctx.account, ctx.region, name, settings.made(request), request.get("DesiredState") or "RUNNING", "CREATING",
            now, now, tags=tags_of({}, request.get("Tags")),
        )  # fmt: skip
        self.store.pipes.put(pipe)
        self.go_on(pipe)
        return _state(pipe)  # type: ignore[no-any-return]

    @operation
    async def update_pipe(self, ctx: Context, request: shapes.UpdatePipeRequest) -> shapes.UpdatePipeResponse:
        pipe = self._settled(ctx, request)
        return self._change(  # type: ignore[no-any-return]
            replace(
                pipe, settings=settings.changed(pipe.settings, request), state="UPDATING", modified_at=ctx.now(),
                desired=request.get("DesiredState") or pipe.desired,
            )
        )  # fmt: skip

    @operation
    async def start_pipe(self, ctx: Context, request: shapes.StartPipeRequest) -> shapes.StartPipeResponse:
        pipe = self._settled(ctx, request)
        if pipe.state == "RUNNING":
            return _state(pipe)  # type: ignore[no-any-return]
        changed = replace(pipe, desired="RUNNING", state="STARTING", modified_at=ctx.now())
        return self._change(changed)  # type: ignore[no-any-return]

    @operation
    async def stop_pipe(self, ctx: Context, request: shapes.StopPipeRequest) -> shapes.StopPipeResponse:
        pipe = self._settled(ctx, request)
        if pipe.state == "STOPPED":
            return _state(pipe)  # type: ignore[no-any-return]
        changed = replace(pipe, desired="STOPPED", state="STOPPING", modified_at=ctx.now())
        return self._change(changed)  # type: ignore[no-any-return]

    @operation
    async def delete_pipe(self, ctx: Context, request: shapes.DeletePipeRequest) -> shapes.DeletePipeResponse:
        pipe = self._settled(ctx, request)
        return self._change(replace(pipe, desired="DELETED", state="DELETING"))  # type: ignore[no-any-return]

    @operation
    async def describe_pipe(self, ctx: Context, request: shapes.DescribePipeRequest) -> shapes.DescribePipeResponse:
        pipe = self.pipe(ctx, request["Name"])
        more = {"StateReason": pipe.reason} if pipe.reason else {}
        answer: Any = {**pipe.settings, **_state(pipe), **more, "Tags": pipe.tags}
        return answer  # type: ignore[no-any-return]

    @operation
    async def list_pipes(self, ctx: Context, request: shapes.ListPipesRequest) -> shapes.ListPipesResponse:
        own = self.store.pipes.where(account=ctx.account, region=ctx.region)
        found = [pipe for pipe in own if _is_listed(pipe, request)]
        try:
            chosen, marker = page(
                found, lambda pipe: pipe.name, request.get("Limit") or limits.LIST_PAGE, request.get("NextToken")
            )
        except InvalidMarker:
            raise ValidationException("Invalid NextToken.") from None
        more = {"NextToken": marker} if marker else {}
        return {"Pipes": [_summary(pipe) for pipe in chosen], **more}  # type: ignore[typeddict-item]

    def _settled(self, ctx: Context, request: Request) -> Pipe:
        """A pipe that can be asked to change; ConflictException while it is changing."""
        pipe = self.pipe(ctx, request["Name"])
        if pipe.state in PASSING:
            raise Conflict(f"Pipe {pipe.name} is in state {pipe.state}.", pipe.name)
        return pipe

    def _change(self, pipe: Pipe) -> Any:
        self.store.pipes.put(pipe)
        self.go_on(pipe)
        return _state(pipe)

    # tags

    def _tagged(self, arn: str) -> Pipe:
        found = self.store.pipe_by_arn(arn)
        if found is None:
            raise NotFound(f"Pipe {arn.rpartition('/')[2]} does not exist.")
        return found

    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceRequest) -> shapes.TagResourceResponse:
        pipe = self._tagged(request["resourceArn"])
        self.store.pipes.put(replace(pipe, tags=tags_of(pipe.tags, request["tags"])))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceRequest) -> shapes.UntagResourceResponse:
        pipe, gone = self._tagged(request["resourceArn"]), set(request["tagKeys"])
        self.store.pipes.put(replace(pipe, tags={k: v for k, v in pipe.tags.items() if k not in gone}))
        return {}

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceRequest
    ) -> shapes.ListTagsForResourceResponse:
        return {"tags": self._tagged(request["resourceArn"]).tags}


def tags_of(tags: Mapping[str, str], added: Mapping[str, str] | None) -> dict[str, str]:
    """Tags with more of them; ValidationException or ServiceQuotaExceededException."""
    together = {**tags, **(added or {})}
    if any(key.lower().startswith("aws:") for key in together):
        raise ValidationException("aws: prefixed tag key names are not allowed for external use.")
    if len(together) > limits.TAGS_MAX:
        raise QuotaExceeded(f"A pipe has {limits.TAGS_MAX} tags at most.")
    return together


def _is_listed(pipe: Pipe, request: Request) -> bool:
    for member, text in (("NamePrefix", pipe.name), ("SourcePrefix", pipe.source), ("TargetPrefix", pipe.target)):
        if not text.startswith(request.get(member) or ""):
            return False
    desired, current = request.get("DesiredState"), request.get("CurrentState")
    return desired in (None, pipe.desired) and current in (None, pipe.state)


def _state(pipe: Pipe) -> Any:
    return {
        "Arn": pipe.arn, "Name": pipe.name, "DesiredState": pipe.desired, "CurrentState": pipe.state,
        "CreationTime": pipe.created_at, "LastModifiedTime": pipe.modified_at,
    }  # fmt: skip


def _summary(pipe: Pipe) -> Any:
    enrichment = {"Enrichment": pipe.enrichment} if pipe.enrichment else {}
    reason = {"StateReason": pipe.reason} if pipe.reason else {}
    return {**_state(pipe), "Source": pipe.source, "Target": pipe.target, **enrichment, **reason}
