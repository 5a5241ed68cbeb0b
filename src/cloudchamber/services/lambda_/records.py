"""What Lambda keeps: functions, their versions and aliases, layers, and what is configured beside them.

`settings` of a version are the members of a request under AWS's names: they come in and go out as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EVENT_INVOKE = "event-invoke"  # the kind of settings for asynchronous invocation


@dataclass(frozen=True, slots=True)
class Code:
    """A deployment package. `blob` is empty for a local folder (`folder`), which is read where it is."""

    sha256: str  # base64
    size: int
    blob: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """What all versions have in common."""

    account: str
    region: str
    name: str
    next_version: int = 1
    tags: dict[str, str] = field(default_factory=dict)
    reserved: int | None = None
    recursive_loop: str = "Terminate"
    signing_config: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"


@dataclass(frozen=True, slots=True)
class Version:
    """$LATEST, or a published one, which never changes."""

    account: str
    region: str
    name: str
    version: str
    settings: dict[str, Any]
    code: Code
    revision: str
    modified_at: float
    number: int = 0  # for the order; 0 is $LATEST
    runtime_update: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Unqualified for $LATEST's configuration is AWS's way; `pool_key` tells them apart."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def pool_key(self) -> str:
        return f"{self.arn}:{self.version}:{self.revision}"

    @property
    def timeout_s(self) -> float:
        return float(self.settings["Timeout"])

    @property
    def memory_mb(self) -> int:
        return int(self.settings["MemorySize"])


@dataclass(frozen=True, slots=True)
class Alias:
    account: str
    region: str
    function: str
    name: str
    version: str
    description: str
    weights: dict[str, float]
    revision: str

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function}:{self.name}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The resource policy of a function (`qualifier` empty), a version, an alias, or a layer version."""

    arn: str
    statements: list[dict[str, Any]]
    revision: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What is configured for a function and a qualifier, under AWS's names: asynchronous invocation, provisioned
    concurrency."""

    account: str
    region: str
    function: str
    kind: str
    qualifier: str
    settings: dict[str, Any]
    modified_at: float

    @property
    def function_arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function}"


@dataclass(frozen=True, slots=True)
class Url:
    id: str
    account: str
    region: str
    function: str
    qualifier: str
    settings: dict[str, Any]
    created_at: float
    modified_at: float


@dataclass(frozen=True, slots=True)
class Layer:
    """One version of a layer."""

    account: str
    region: str
    name: str
    version: int
    code: Code
    settings: dict[str, Any]
    created_at: float
    is_deleted: bool = False  # no new function can have it; those that do keep it

    @property
    def layer_arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:layer:{self.name}"

    @property
    def arn(self) -> str:
        return f"{self.layer_arn}:{self.version}"


@dataclass(frozen=True, slots=True)
class SigningConfig:
    arn: str
    account: str
    region: str
    settings: dict[str, Any]
    modified_at: float


@dataclass(frozen=True, slots=True)
class Event:
    """An asynchronous invocation that has not ended. `due` is its next attempt; `queued_at` begins its age."""

    id: int
    account: str
    region: str
    function: str
    qualifier: str
    request_id: str
    payload: bytes
    queued_at: float
    due: float
    attempts: int = 0
    throttles: int = 0
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """An event source mapping. `settings` are the request's members."""

    uuid: str
    account: str
    region: str
    function: str
    qualifier: str
    source_arn: str
    settings: dict[str, Any]
    is_enabled: bool
    modified_at: float
    result: str = "No records processed"

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:event-source-mapping:{self.uuid}"

    @property
    def function_arn(self) -> str:
        base = f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function}"
        return f"{base}:{self.qualifier}" if self.qualifier else base

    @property
    def batch_size(self) -> int:
        return int(self.settings.get("BatchSize") or (10 if ":sqs:" in self.source_arn else 100))

    @property
    def window_s(self) -> float:
        return float(self.settings.get("MaximumBatchingWindowInSeconds") or 0)

    @property
    def reports_items(self) -> bool:
        return "ReportBatchItemFailures" in (self.settings.get("FunctionResponseTypes") or ())
