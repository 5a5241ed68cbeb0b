"""An execution environment: one child process with its own folders, limits and log, for one invocation at a time.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
The process speaks the Runtime API with a listener of its own. What goes wrong ends as AWS has it: an error of the
function leaves the environment as it is; a timeout, an exit or memory exceeded ends it, and the next invocation starts
another one.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.runtime import output, runtime_api
from cloudchamber.runtime.extensions import INVOKE, SHUTDOWN, Extensions, programs
from cloudchamber.runtime.log_lines import JsonLines, Report, TextLines
from cloudchamber.runtime.output import Line, Output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cloudchamber.core.clock import Clock
    from cloudchamber.runtime.log_lines import Lines
    from cloudchamber.runtime.programs import Program
    from cloudchamber.runtime.runtime_api import Connection
    from cloudchamber.runtime.zygotes import Child, Exit, Zygote

INIT_SECONDS_MAX, SHUTDOWN_SECONDS = 10.0, 2.0
WATCH_SECONDS = 0.05  # how often memory is looked at
MB = 1024 * 1024
# Beyond the function's memory: what the interpreter has written to before it was forked. Memory proper is watched.
DATA_SLACK_BYTES = 192 * MB
FILES_MAX, PROCESSES_MAX = 1024, 4096
UNHANDLED = "Unhandled"
TRUSTS = ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True, slots=True)
class Spec:
    """What an environment is made of. `environment` is the function's and the platform's variables together."""

    program: Program
    task: Path  # the unpacked code
    layers: Path | None  # the layers, unpacked over one another
    tmp: Path  # its own folder, removed at its end
    environment: Mapping[str, str]
    memory_mb: int
    timeout_s: float
    authority: Path | None  # the certificate that HTTPS to this cloud is trusted by
    version: str  # for the log
    runtime_arn: str
    logs_json: bool = False


@dataclass(slots=True)
class Invocation:
    """One event for a function. `on_chunk` gets a streamed answer piece by piece; an answer sent whole is in the
    outcome."""

    request_id: str
    payload: bytes
    function_arn: str
    timeout_s: float
    trace: str = ""
    client_context: str = ""
    on_chunk: Callable[[bytes], None] | None = None
    is_given: bool = False  # a runtime has it: one that asks for the next has answered this one already
    done: asyncio.Future[Outcome] = field(init=False)

    def __post_init__(self) -> None:
        self.done = asyncio.get_running_loop().create_future()

    def end(self, outcome: Outcome) -> None:
        if not self.done.done():
            self.done.set_result(outcome)


@dataclass(slots=True)
class Outcome:
    """How an invocation ended. `error` is empty or what `FunctionError` says; then `payload` describes the error."""

    payload: bytes
    error: str = ""
    duration_s: float = 0.0
    billed_ms: int = 0
    tail: bytes = b""
    note: str = ""  # what REPORT says of it

    @property
    def is_fatal(self) -> bool:
        return bool(self.note)


class Environment:
    """Made on the loop. `start`, then `invoke` one after the other, then `kill`."""

    def __init__(self, spec: Spec, clock: Clock, on_lines: Callable[[list[Line]], None]) -> None:
        self.spec = spec
        self._clock = clock
        self.output = Output(clock.wall, on_lines)
        variables = spec.environment
        self._about = {
            "functionName": variables.get("AWS_LAMBDA_FUNCTION_NAME", ""), "functionVersion": spec.version,
        }  # fmt: skip
        self._lines: Lines = JsonLines(clock.wall, self._about) if spec.logs_json else TextLines()
        self._server: asyncio.Server
        self._child: Child | None = None
        self._asker: Connection | None = None
        self._current: Invocation | None = None
        self._ready: asyncio.Future[None]
        self._extensions: Extensions
        self._turn = 0  # which start of the process this is: what an earlier one does is of no interest any more
        self._init_error: dict[str, Any] | None = None
        self._init_error_is_functions = False  # it was said by the runtime, not by us
        self._late_init_s = 0.0  # of a second initialisation, which counts as the first invocation's time
        self._peak_mb = 0
        self.init_s: float | None = None  # until the first invocation has reported it
        self.is_alive = True

    # life

    async def start(self, zygote: Zygote) -> None:
        """Fork the process and wait until it asks for its first invocation.

        Where its initialisation fails it is tried once more, as AWS does with the first invocation, in that one's time.
        """
        self.spec.tmp.mkdir(parents=True, exist_ok=True)
        self._server = await runtime_api.listen(self)
        self.output.begin()
        program = self.spec.program
        self.output.say(self._lines.init_start(program.version_line, self.spec.runtime_arn), *program.notes)
        self.init_s = await self._initialise(zygote, INIT_SECONDS_MAX, "Init phase")
        if self._init_error is not None and self.is_alive:
            self.output.say(self._lines.init_report(self.init_s, "init", self._init_error.get("errorType", "")))
            self.init_s, self._late_init_s = None, await self._initialise(zygote, self.spec.timeout_s, "Task")
        if self._init_error is not None and self.is_alive:
            self.output.say(self._lines.init_report(self._late_init_s, "invoke", self._init_error.get("errorType", "")))
        self.output.close_writer()
        if self._init_error is not None:
            self.kill()

    async def _initialise(self, zygote: Zygote, seconds_max: float, what: str) -> float:
        """One start of the process. How many seconds it took; `_init_error` says what went wrong."""
        begun, spec = self._clock.perf(), self.spec
        self._ready = asyncio.get_running_loop().create_future()
        self._init_error, self._init_error_is_functions, self._asker = None, False, None
        names, variables = programs(spec.layers), spec.environment
        self._extensions = Extensions(names, {**self._about, "handler": variables.get("_HANDLER", "")})
        trust = {name: "{ca}" for name in TRUSTS if spec.authority is not None and name not in variables}
        address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        order = {
            "task": str(spec.task), "layers": str(spec.layers or ""), "tmp": str(spec.tmp),
            "sdk": str(spec.program.sdk or ""), "ca": str(spec.authority or ""),
            "environment": {**trust, **variables, "AWS_LAMBDA_RUNTIME_API": address, **spec.program.variables},
            "placed": ["LAMBDA_TASK_ROOT", *trust, *spec.program.variables], "program": list(spec.program.command),
            "data_bytes": spec.memory_mb * MB + DATA_SLACK_BYTES if spec.program.is_bounded else 0,
            "files": FILES_MAX, "processes": PROCESSES_MAX, "extensions": names,
        }  # fmt: skip
        self._turn += 1
        turn = self._turn
        child = self._child = zygote.fork(order, self.output.writer, lambda how: self._exited(how, turn))
        await asyncio.wait({self._ready}, timeout=seconds_max)
        if not self._ready.done():
            text = f"{what} timed out after {seconds_max:.2f} seconds"
            self._init_error = {"errorType": "Sandbox.Timedout", "errorMessage": text}
        if self._init_error is not None:
            child.kill()
        return self._clock.perf() - begun

    def kill(self) -> None:
        """End it with all that it started, and remove what it left on the disk."""
        if self.is_alive:
            self.is_alive = False
            if self._child is not None:
                self._child.kill()
            self._server.close()
            self.output.close()
            shutil.rmtree(self.spec.tmp, ignore_errors=True)

    async def retire(self) -> None:
        """End it for want of work: its extensions are told, and have two seconds."""
        deadline_ms = int((self._clock.wall() + SHUTDOWN_SECONDS) * 1000)
        event = {"shutdownReason": "spindown", "deadlineMs": deadline_ms}
        try:
            if self.is_alive and self._extensions.tell(SHUTDOWN, event):
                until = self._clock.perf() + SHUTDOWN_SECONDS
                while not self._extensions.are_waiting and (left := until - self._clock.perf()) > 0 and self._child:
                    await self._extensions.moved(min(left, WATCH_SECONDS))
        finally:
            self.kill()

    # invocations

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run one event. Never raises; what goes wrong is in the outcome."""
        request_id = invocation.request_id
        self.output.begin()
        self.output.say(self._lines.start(request_id, self.spec.version))
        begun = self._clock.perf()
        self._current = invocation
        if self._init_error is not None:
            outcome = self._of_init_error(request_id)
        else:
            self._hand_over()
            outcome = await self._watched(invocation)
        self._current = None
        outcome.duration_s = self._clock.perf() - begun + self._late_init_s
        self._late_init_s = 0.0
        self._report(request_id, outcome)
        if outcome.is_fatal:
            self.kill()
        return outcome

    def _hand_over(self) -> None:
        asker, invocation = self._asker, self._current
        if asker is None or invocation is None or invocation.is_given:
            return
        self._asker, invocation.is_given = None, True
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((self._clock.wall() + invocation.timeout_s) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        }
        if invocation.trace:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        if self._extensions:
            self._extensions.tell(INVOKE, {
                "deadlineMs": int(headers["Lambda-Runtime-Deadline-Ms"]), "requestId": invocation.request_id,
                "invokedFunctionArn": invocation.function_arn,
                "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace},
            })  # fmt: skip
        asker.give(headers, invocation.payload)

    async def _watched(self, invocation: Invocation) -> Outcome:
        """Wait for the answer, with an eye on time and memory."""
        until = self._clock.perf() + invocation.timeout_s
        while not invocation.done.done():
            left = until - self._clock.perf()
            if left <= 0:
                return self._timed_out(invocation)
            await asyncio.wait({invocation.done}, timeout=min(left, WATCH_SECONDS))
            if not invocation.done.done() and self._memory_mb() > self.spec.memory_mb:
                return self._out_of_memory(invocation.request_id)
        while not self._extensions.are_waiting and self._child is not None:  # they have the rest of the time
            left = until - self._clock.perf()
            if left <= 0:
                return self._timed_out(invocation)
            await self._extensions.moved(left)
        return invocation.done.result()

    def _memory_mb(self) -> int:
        """What the process holds now; remembers the most it ever held."""
        if self._child is None or not self._child.pid:
            return 0
        try:
            with open(f"/proc/{self._child.pid}/status", "rb") as status:
                fields = dict(line.split(b":", 1) for line in status.read().splitlines() if b":" in line)
            self._peak_mb = max(self._peak_mb, int(fields[b"VmHWM"].split()[0]) // 1024)
            return int(fields[b"VmRSS"].split()[0]) // 1024
        except (OSError, KeyError, ValueError):
            return 0

    # how it ends

    def _timed_out(self, invocation: Invocation) -> Outcome:
        text = f"Task timed out after {invocation.timeout_s:.2f} seconds"
        error = {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {invocation.request_id} Error: {text}"}
        return Outcome(orjson.dumps(error), UNHANDLED, note="Status: timeout")

    def _out_of_memory(self, request_id: str) -> Outcome:
        self._peak_mb = self.spec.memory_mb
        return self._of_exit(request_id, "signal: killed", "Runtime.OutOfMemory")

    def _of_exit(self, request_id: str, reason: str, kind: str = "Runtime.ExitError") -> Outcome:
        text = "Runtime exited without providing a reason"
        if reason:
            text = f"Runtime exited with error: {reason}"
        error = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {text}"}
        return Outcome(orjson.dumps(error), UNHANDLED, note=f"Status: error\tError Type: {kind}")

    def _of_init_error(self, request_id: str) -> Outcome:
        error = self._init_error or {}
        if not self._init_error_is_functions:
            error = {**error, "errorMessage": f"RequestId: {request_id} Error: {error['errorMessage']}"}
        kind = error.get("errorType", "")
        return Outcome(orjson.dumps(error), UNHANDLED, note=f"Status: error\tError Type: {kind}")

    def _exited(self, how: Exit, turn: int) -> None:
        """The process has ended, by itself or killed by us."""
        if turn != self._turn:
            return
        self._peak_mb = max(self._peak_mb, how.peak_kb // 1024)
        self._child = None
        is_memory = how.reason == "signal: killed" and self.is_alive
        kind = "Runtime.OutOfMemory" if is_memory else "Runtime.ExitError"
        if not self._ready.done():
            if self._init_error is None:
                text = f"Runtime exited with error: {how.reason}" if how.reason else ""
                text = text or "Runtime exited without providing a reason"
                self._init_error = {"errorType": "Runtime.ExitError", "errorMessage": text}
            self._ready.set_result(None)
        elif self._current is not None:
            if is_memory:
                self._peak_mb = self.spec.memory_mb
            self._current.end(self._of_exit(self._current.request_id, how.reason, kind))
        elif self.is_alive:
            self.kill()

    def _report(self, request_id: str, outcome: Outcome) -> None:
        self._memory_mb()
        init_s, self.init_s = self.init_s, None
        outcome.billed_ms = output.billed_ms(outcome.duration_s + (init_s or 0.0))
        lines = []
        if outcome.note.startswith("Status: error"):
            message = orjson.loads(outcome.payload).get("errorMessage", "")
            kind = outcome.note.rpartition(": ")[2]
            lines.append(f"{message}\n{kind}" if "RequestId:" in message else "")
        elif outcome.note:
            stamp = _stamp(self._clock.wall())
            lines.append(
                f"{stamp} {request_id} {orjson.loads(outcome.payload)['errorMessage'].partition('Error: ')[2]}"
            )
        memory_mb = self.spec.memory_mb
        report = Report(
            request_id, outcome.duration_s, outcome.billed_ms, memory_mb, min(self._peak_mb, memory_mb), init_s,
            outcome.note,
        )  # fmt: skip
        self.output.say(*filter(None, (*lines, self._lines.end(request_id), self._lines.report(report))))
        outcome.tail = self.output.taken_tail()

    # the Runtime API

    def next_wanted(self, asker: Connection) -> None:
        self._asker = asker
        self._look_ready()
        self._hand_over()

    def extension_asks(self, asker: Connection, path: str, headers: Mapping[str, str], body: bytes) -> None:
        self._extensions.take(asker, path, headers, body)
        if self._extensions.failure is not None and not self._ready.done():
            self._init_error = dict(self._extensions.failure)
            self._ready.set_result(None)
        self._look_ready()

    def _look_ready(self) -> None:
        if self._asker is not None and self._extensions.are_waiting and not self._ready.done():
            self._ready.set_result(None)

    def answered(self, request_id: str, body: bytes) -> bool:
        current = self._current
        if current is None or current.request_id != request_id:
            return False
        current.end(Outcome(body))
        return True

    def streamed(self, request_id: str, chunk: bytes) -> None:
        if self._current is not None and self._current.request_id == request_id and self._current.on_chunk is not None:
            self._current.on_chunk(chunk)

    def failed(self, request_id: str, error: dict[str, Any]) -> bool:
        current = self._current
        if current is None or current.request_id != request_id:
            return False
        current.end(Outcome(orjson.dumps(error), UNHANDLED))
        return True

    def init_failed(self, error: dict[str, Any]) -> None:
        self._init_error, self._init_error_is_functions = error, True
        if not self._ready.done():
            self._ready.set_result(None)


def _stamp(wall: float) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - a timeout is rare

    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(wall * 1000) % 1000:03d}Z"
