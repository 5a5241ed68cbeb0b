"""What a service is: a class of handlers, one `@operation` for each AWS operation, checked against the model at import.

A handler takes the context and a dict with AWS's member names and returns one. `@private_operation` marks what AWS does
inside and never exposes; it can be called through `ctx.call` only. Both ways everything goes through dispatch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from cloudchamber.core.clock import Clock
    from cloudchamber.core.context import Context
    from cloudchamber.core.dispatch import Dispatcher
    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.core.events import Facts
    from cloudchamber.core.faults import Faults
    from cloudchamber.core.metrics import Metrics
    from cloudchamber.core.resource_types import ResourceType
    from cloudchamber.core.resources import Directory, Resource

Request = Mapping[str, Any]
Handler = Callable[["Context", Any], Awaitable[Any]]
F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__aws_operation__"


def operation(handler: F) -> F:
    """Mark a method as the handler of the AWS operation it is named after in snake_case."""
    setattr(handler, _MARK, "public")
    return handler


def private_operation(handler: F) -> F:
    """Mark a method as an operation of the service's own, reachable through `ctx.call` and never over the wire."""
    setattr(handler, _MARK, "private")
    return handler


class Check(NamedTuple):
    """One question to IAM: may the principal do `action` to `resource`, given these condition keys?"""

    action: str
    resource: str = "*"
    keys: Mapping[str, str | list[str]] | None = None
    # Whether only the resource's policy can allow (a role's trust policy, a key policy).
    resource_decides: bool = False
    # The account the resource is in, where its ARN does not say.
    account: str = ""
    # What allows it beside policies (a KMS grant), so that only an explicit deny can refuse; empty for nothing.
    granted_by: str = ""


# From the context and the input to what must be allowed; all of it, in order.
Rule = Callable[["Context", Request], Iterable[Check]]


class Names(Protocol):
    """The part of a service model that the declaration of a service needs."""

    @property
    def snake_names(self) -> dict[str, str]: ...


@dataclass(slots=True)
class Platform:
    """What a service is handed: time, storage, and the doors to the rest."""

    clock: Clock
    store: Any
    dispatcher: Dispatcher
    directory: Directory
    facts: Facts
    faults: Faults
    blobs: Any  # files for bodies too large for a row
    identities: Any  # who stands behind keys and principals; told when that changes
    folder: Path  # the data folder; what is under it besides the store and the blobs can be made again
    metrics: Metrics  # what services measure of themselves, on its way to CloudWatch
    endpoint: str  # where users' code reaches this cloud
    settings: Mapping[str, Any] = field(default_factory=dict)
    authority: Callable[[], Path | None] = lambda: None  # the certificate that HTTPS clients of this cloud trust
    resource_type: Callable[[str], ResourceType | None] = lambda name: None  # CloudFormation's types, by name


class UnknownHandlerError(TypeError):
    """A handler whose name is no operation of the service's model."""


class Service:
    """Base of every service package's class."""

    name: ClassVar[str]  # botocore's name: "sqs"
    arn_service: ClassVar[str] = ""  # the service field of its ARNs, where it is not the name
    iam_prefix: ClassVar[str] = ""  # what its IAM actions start with, where it is not the name
    model_patch: ClassVar[Mapping[str, Any]] = {}  # wire traits that botocore's model lacks
    added_operations: ClassVar[frozenset[str]] = frozenset()  # in snake_case, by `model_patch`
    query_patch: ClassVar[Mapping[str, Any]] = {}  # the same, for what differs in the query protocol only
    wraps_errors: ClassVar[bool] = True  # False for S3's bare <Error> documents
    takes_anonymous: ClassVar[bool] = False  # whether calls without a signature reach its resource policies
    request_id_headers: ClassVar[tuple[str, ...]] = ("x-amzn-RequestId",)
    rules: Mapping[str, Rule] = {}  # operation -> what IAM is asked; the default is its action on "*"

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.clock = platform.clock

    @classmethod
    def handlers(cls) -> dict[str, str]:
        """snake_case name -> "public" or "private"."""
        found: dict[str, str] = {}
        for owner in reversed(cls.__mro__):
            found.update({n: m for n, f in vars(owner).items() if (m := getattr(f, _MARK, None)) is not None})
        return found

    @classmethod
    def bound_methods(cls, model: Names) -> dict[str, str]:
        """Operation name -> method name of the public handlers; UnknownHandlerError for a misspelt one."""
        bound: dict[str, str] = {}
        for method, kind in cls.handlers().items():
            if kind == "public":
                if method not in model.snake_names:
                    if method in cls.added_operations:
                        continue
                    raise UnknownHandlerError(f"{cls.__name__}.{method} is no operation of {cls.name}")
                bound[model.snake_names[method]] = method
        return bound

    # what a service may override

    async def resume(self) -> None:
        """Rebuild timers and pollers from the tables, after start-up or after a snapshot was loaded."""

    def find(self, arn: str) -> Resource | None:
        """The resource behind one of this service's ARNs."""
        return None

    def resource_policy(self, arn: str) -> str | None:
        """The resource policy behind an ARN, as JSON text."""
        found = self.find(arn)
        return None if found is None else found.policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        """This service's resources, of one account and region or of all."""
        return iter(())

    def depth(self, arn: str) -> int | None:
        """How much waits or runs at a resource at this moment: messages in a queue, invocations of a function; None
        where nothing can."""
        return None

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        """The error this service gives for input that breaks a constraint of its model."""
        return error

    def unknown(self, request: Any, error: AwsError) -> AwsError:
        """The error this service gives for a wire request that none of its operations takes."""
        return error

    def refusal(self, ctx: Context, error: AwsError) -> AwsError:
        """The error this service gives for what IAM does not allow; the decision is on the span."""
        return error

    def screen(self, ctx: Context) -> None:
        """Raise for principals from whom this service takes no call at all, before IAM is asked."""

    def adopt(self, request: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """What the wire says beside the model (a queue in the path), added to the parsed input."""
        return parameters

    def page_headers(self, request: Any) -> list[tuple[str, str]] | None:
        """What lets a page of another origin read the answer to a wire request, where the resource it names has rules
        of its own: empty if they refuse the page. None leaves it to the cloud's rule."""
        return None

    def constrains(self, operation_name: str) -> bool:
        """Whether the model's constraints are checked before the handler; a service that checks by itself says no."""
        return True


def on(
    resource: Callable[[Context, Request], str],
    action: str,
    keys: Callable[[Context, Request], dict[str, Any]] | None = None,
) -> Rule:
    """A rule with one resource: `on(queue_arn, "sqs:SendMessage")`."""

    def rule(ctx: Context, request: Request) -> tuple[Check]:
        return (Check(action, resource(ctx, request), None if keys is None else keys(ctx, request)),)

    return rule


def free(ctx: Context, request: Request) -> tuple[()]:
    """The rule of operations that need no permission (`sts:GetCallerIdentity`)."""
    return ()
