"""What is kept of stacks: the records, and how their statuses are told apart.

While an operation is under way, a resource keeps in `before` what it was, and a stack in `former` what it was deployed
with: that is what a rollback goes back to, also after a restart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from cloudchamber.identity.principals import Principal, SessionInfo
from cloudchamber.services.cloudformation.parameters import Given

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDED = "DELETE_COMPLETE"
UPDATABLE = frozenset({
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack. Times are epoch seconds."""

    id: str
    name: str
    account: str
    region: str
    status: str
    created_at: float
    template: str = ""  # the key of its template
    description: str = ""
    parameters: dict[str, Given] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    outputs: tuple[dict[str, Any], ...] = ()
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    role_arn: str = ""
    policy: str = ""
    on_failure: str = "ROLLBACK"  # of a creation: ROLLBACK, DELETE or DO_NOTHING
    keeps_failure: bool = False  # DisableRollback of the operation under way
    timeout_minutes: int = 0
    is_protected: bool = False
    parent_id: str = ""
    root_id: str = ""
    retains_unless_created: bool = False  # RetainExceptOnCreate
    reason: str = ""
    updated_at: float = 0.0
    deleted_at: float = 0.0
    started_at: float = 0.0  # of the operation under way
    token: str = ""
    change_set_id: str = ""
    principal: dict[str, Any] = field(default_factory=dict)  # who asked for the operation
    endpoint: str = ""  # under which address they reach this cloud
    former: dict[str, Any] | None = None
    retained: tuple[str, ...] = ()  # logical ids a deletion leaves alone, or a rollback skips
    cancelled: bool = False
    policy_during_update: str = ""
    drift_status: str = "NOT_CHECKED"
    drift_at: float = 0.0
    notified: int = 0  # the number of the last event that was published to the notification ARNs

    @property
    def is_live(self) -> bool:
        return self.status != ENDED

    @property
    def is_busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


# What a rollback of an update takes back, besides resources.
DEPLOYED = (
    "template", "description", "parameters", "tags", "outputs", "capabilities", "notification_arns", "role_arn",
    "change_set_id",
)  # fmt: skip


def deployed(stack: Stack) -> dict[str, Any]:
    found = {name: getattr(stack, name) for name in DEPLOYED}
    return {**found, "parameters": {key: asdict(given) for key, given in stack.parameters.items()}}


def restored(former: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a stack as `deployed` kept them."""
    made = {name: tuple(value) if isinstance(value, list) else value for name, value in former.items()}
    made["parameters"] = {key: Given(**given) for key, given in former["parameters"].items()}
    return made


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack: what the template wants of it, and what there is."""

    stack_id: str
    logical_id: str
    type: str
    status: str
    updated_at: float
    name: str = ""  # what it is called where the template gives no name
    physical_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)  # resolved but for dynamic references
    attributes: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    deletion_policy: str = ""
    replace_policy: str = ""
    description: str = ""
    reason: str = ""
    token: str = ""  # of the creation: the same when it is tried again
    vacant: bool = False  # a creation is under way, and what it makes was not there before
    is_new: bool = False  # made in the operation under way
    replaced: bool = False  # in the operation under way: what `before` names is another physical resource
    before: dict[str, Any] | None = None  # what it was before the operation under way
    drift_status: str = "NOT_CHECKED"
    drift_at: float = 0.0
    drift: dict[str, Any] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)  # what types of CloudFormation's own remember


def has_moved(resource: StackResource) -> bool:
    """Whether the operation under way has put another physical resource in the place of the one before."""
    before = resource.before
    return before is not None and (resource.replaced or before["physical_id"] != resource.physical_id)


def as_before(resource: StackResource) -> dict[str, Any]:
    """A resource as a rollback will need it."""
    return {name: value for name, value in asdict(resource).items() if name not in ("before", "is_new", "drift")}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A physical resource whose place in the stack another has taken: to be removed when the operation has ended."""

    stack_id: str
    id: str
    resource: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    at: float
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""
    properties: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    id: str
    name: str
    stack_id: str
    created_at: float
    kind: str  # CREATE or UPDATE
    status: str
    execution: str
    reason: str = ""
    description: str = ""
    template: str = ""
    parameters: dict[str, Given] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] | None = None
    role_arn: str = ""
    on_failure: str = ""
    changes: tuple[dict[str, Any], ...] = ()
    includes_nested: bool = False
    token: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    account: str
    region: str
    name: str
    value: str
    stack_id: str


@dataclass(frozen=True, slots=True)
class Import:
    """That a stack uses an export."""

    account: str
    region: str
    name: str
    stack_id: str


@dataclass(frozen=True, slots=True)
class Macro:
    account: str
    region: str
    name: str
    function: str
    stack_id: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    """A URL to which somebody outside answers: a custom resource's function, or who signals a wait condition."""

    token: str
    stack_id: str
    logical_id: str
    kind: str  # "custom", "wait" (both through the door) or "signal" (through SignalResource)
    expires_at: float
    request_id: str = ""
    sent: bool = False
    answers: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """A drift detection that was run."""

    id: str
    stack_id: str
    at: float
    status: str
    drifted: int
    reason: str = ""


def as_kept(principal: Principal) -> dict[str, Any]:
    """A principal as a row keeps it."""
    found = {each.name: getattr(principal, each.name) for each in fields(principal)}
    if principal.session is not None:
        found["session"] = {each.name: _plain(getattr(principal.session, each.name)) for each in fields(SessionInfo)}
    return {**found, "tags": dict(principal.tags)}


def _plain(value: Any) -> Any:
    return (
        value
        if isinstance(value, str | float | bool | None)
        else dict(value)
        if hasattr(value, "keys")
        else list(value)
    )


def principal_of(raw: Mapping[str, Any]) -> Principal:
    """Who asked, from what was kept."""
    session: Any = raw.get("session")
    if session is not None:
        lists = ("policies", "policy_arns", "transitive_tag_keys")
        members: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in session.items()}
        session = SessionInfo(**members)
    return Principal(**{**raw, "session": session})
