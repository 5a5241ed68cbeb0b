"""Python's side of the Runtime API: finds the handler, takes invocations, hands back results and errors.

It behaves as AWS's Runtime Interface Client for Python (github.com/aws/aws-lambda-python-runtime-interface-client): the
names and texts of errors, the context object, the root logger with its format, are those that users' code relies on.
"""

from __future__ import annotations

import decimal
import importlib
import json
import logging
import os
import signal
import socket
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "/2018-06-01/runtime"
OVERRIDABLE = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
INDENT, LINE_END = "\u00a0", "\r"  # an error is one event of the log: its lines do not end with a newline


class InitError(Exception):
    """What keeps a function from being ready: `kind` is AWS's name for it."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind, self.trace = kind, trace or []


def start(order: dict[str, Any], folders: dict[str, str]) -> None:
    """Become the function, or another program; in a process that was forked for it. Never returns."""
    task, layers = folders["task"], folders["layers"]
    os.environ.clear()
    os.environ.update(
        {name: value.format(**folders) if name in order["placed"] else value
         for name, value in order["environment"].items()}
    )  # fmt: skip
    time.tzset()
    os.chdir(task)
    for name in order["extensions"]:
        path = f"{layers}/extensions/{name}"
        os.posix_spawn(path, [path], os.environ)
    if order["program"]:
        program = [part.format(**folders) for part in order["program"]]
        os.execvpe(program[0], program, os.environ)
    _python(task, layers)


def _python(task: str, layers: str) -> None:
    for number, stream in ((1, "stdout"), (2, "stderr")):
        setattr(sys, stream, open(number, "w", 1, "utf-8", "backslashreplace", closefd=False))  # noqa: SIM115
    for ours in ("bootstrap", "sandbox"):  # names that are the user's to have
        sys.modules.pop(ours, None)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = [task, f"{layers}/python", f"{layers}/python/lib/{version}/site-packages"]
    sys.path[:0] = [path for path in own if os.path.isdir(path)]
    _unload_overridden(own)
    _find_localhost()
    importlib.invalidate_caches()
    client = Client(os.environ["AWS_LAMBDA_RUNTIME_API"])
    log = _set_up_logging()
    try:
        handler = load(os.environ["_HANDLER"])
    except InitError as error:
        _give_up(client, {"errorMessage": str(error), "errorType": error.kind, "requestId": "",
                          "stackTrace": error.trace})  # fmt: skip
    except MemoryError:
        _die()
    except Exception:
        _give_up(client, described(sys.exc_info(), ""))
    while True:
        _serve(client, handler, log)


def _find_localhost() -> None:
    """Names below `localhost` are this machine (RFC 6761), whatever its resolver says: APIs have such names."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **more: Any) -> Any:
        is_local = isinstance(host, str) and host.rstrip(".").endswith(".localhost")
        return resolve("127.0.0.1" if is_local else host, *args, **more)

    socket.getaddrinfo = getaddrinfo


def _unload_overridden(own: list[str]) -> None:
    """A function that brings its own SDK gets that one."""
    for name in OVERRIDABLE:
        if any(os.path.exists(f"{path}/{name}") or os.path.exists(f"{path}/{name}.py") for path in own):
            for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
                del sys.modules[module]


def load(name: str) -> Callable[[Any, Any], Any]:
    """The function's handler. InitError."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        text = "not enough values to unpack (expected 2, got 1)"
        raise InitError("Runtime.MalformedHandlerName", f"Bad handler '{name}': {text}")
    if module_name.split(".")[0] in sys.builtin_module_names:
        text = f"Cannot use built-in module {module_name} as a handler module"
        raise InitError("Runtime.BuiltInModuleConflict", text)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise InitError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        text = f"Syntax error in module '{module_name}': {error}"
        raise InitError("Runtime.UserCodeSyntaxError", text, trace) from None
    try:
        handler: Callable[[Any, Any], Any] = getattr(module, function_name)
    except AttributeError:
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        raise InitError("Runtime.HandlerNotFound", text) from None
    return handler


def _serve(client: Client, handler: Callable[[Any, Any], Any], log: LogHandler) -> None:
    """One invocation."""
    headers, body = client.call("GET", f"{PREFIX}/invocation/next")
    request_id = headers["lambda-runtime-aws-request-id"]
    log.request_id = request_id
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    path = f"{PREFIX}/invocation/{request_id}"
    try:
        try:
            event = json.loads(body or b"{}")
        except ValueError as error:
            raise InitError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
        result = handler(event, Context(headers))
        try:
            answer = json.dumps(result, ensure_ascii=False, default=_decimal).encode()
        except (TypeError, ValueError) as error:
            raise InitError("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
    except InitError as error:
        _fail(client, path, {"errorMessage": str(error), "errorType": error.kind, "requestId": request_id,
                             "stackTrace": error.trace})  # fmt: skip
        return
    except MemoryError:
        _die()
    except Exception:
        _fail(client, path, described(sys.exc_info(), request_id))
        return
    sys.stdout.flush()
    client.call("POST", f"{path}/response", answer)


def _decimal(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def described(fault: Any, request_id: str) -> dict[str, Any]:
    """An exception as AWS shows it. The frames of this module are not the user's."""
    kind, value, trace = fault
    frames = traceback.extract_tb(trace)
    while frames and (frames[0].filename == __file__ or "importlib" in frames[0].filename):
        del frames[0]
    return {
        "errorMessage": str(value), "errorType": kind.__name__ if kind else "", "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }  # fmt: skip


def _print_error(error: dict[str, Any]) -> None:
    if _logs_json():
        sys.stdout.write(json.dumps({"timestamp": _now(), "log_level": "ERROR", **error}) + "\n")
        sys.stdout.flush()
        return
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}", "Traceback (most recent call last):"]
    for line in "".join(error["stackTrace"]).splitlines():
        text = line.lstrip(" ")
        lines.append(INDENT * (len(line) - len(text)) + text)
    sys.stdout.write(LINE_END.join(lines).replace("\n", LINE_END) + "\n")
    sys.stdout.flush()


def _fail(client: Client, path: str, error: dict[str, Any]) -> None:
    _print_error(error)
    body = json.dumps(error).encode()
    client.call("POST", f"{path}/error", body, {"Lambda-Runtime-Function-Error-Type": error["errorType"]})


def _give_up(client: Client, error: dict[str, Any]) -> None:
    _print_error(error)
    header = {"Lambda-Runtime-Function-Error-Type": error["errorType"]}
    client.call("POST", f"{PREFIX}/init/error", json.dumps(error).encode(), header)
    os._exit(1)


def _die() -> None:
    """Memory has run out: on AWS the process does not live to see it."""
    os.kill(os.getpid(), signal.SIGKILL)


class Client:
    """HTTP/1.1 with one server over one connection that stays open: http.client takes ten times as long."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb", 65536)
        self._host = address

    def call(
        self, method: str, path: str, body: bytes = b"", more: dict[str, str] | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Headers (names in lower case) and body of the answer."""
        fields = {
            "Host": self._host,
            "Content-Length": str(len(body)),
            "Content-Type": "application/json",
            **(more or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._socket.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        if not self._file.readline():
            os._exit(0)  # the server has gone
        headers: dict[str, str] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return headers, self._file.read(int(headers.get("content-length", "0")))


class Identity:
    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


class AppClient:
    def __init__(self, fields: dict[str, Any]) -> None:
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, fields.get(name))


class ClientContext:
    def __init__(self, fields: dict[str, Any]) -> None:
        self.custom, self.env = fields.get("custom"), fields.get("env")
        self.client = AppClient(fields["client"]) if fields.get("client") else None


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers: dict[str, str]) -> None:
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.tenant_id: str | None = headers.get("lambda-runtime-aws-tenant-id")
        self._deadline_ms = int(headers["lambda-runtime-deadline-ms"])
        text = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(text)) if text else None
        self.identity = Identity()
        cognito = headers.get("lambda-runtime-cognito-identity")
        if cognito:
            fields = json.loads(cognito)
            self.identity.cognito_identity_id = fields.get("cognitoIdentityId")
            self.identity.cognito_identity_pool_id = fields.get("cognitoIdentityPoolId")

    def get_remaining_time_in_millis(self) -> int:
        # The function's own process goes by the machine's time, as its timeout does.
        return max(self._deadline_ms - int(time.clock_gettime(time.CLOCK_REALTIME) * 1000), 0)

    def log(self, message: object) -> None:
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        return f"LambdaContext([aws_request_id={self.aws_request_id},function_name={self.function_name}])"


class LogHandler(logging.Handler):
    """Of the root logger, as AWS sets it up before it loads the function."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = self.request_id
        sys.stdout.write(self.format(record) + "\n")


def _logs_json() -> bool:
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"


def _now(seconds: float | None = None) -> str:
    at = time.clock_gettime(time.CLOCK_REALTIME) if seconds is None else seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}Z"


class JsonFormatter(logging.Formatter):
    """One object a line: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "timestamp": _now(record.created), "level": record.levelname, "message": record.getMessage(),
            "logger": record.name, "requestId": getattr(record, "aws_request_id", ""),
        }  # fmt: skip
        plain = logging.LogRecord("", 0, "", 0, "", (), None).__dict__
        told.update({name: value for name, value in record.__dict__.items() if name not in plain and name not in _OURS})
        if record.exc_info and record.exc_info[0] is not None:
            told |= {
                "errorType": record.exc_info[0].__name__, "errorMessage": str(record.exc_info[1]),
                "stackTrace": traceback.format_list(traceback.extract_tb(record.exc_info[2])),
            }  # fmt: skip
        return json.dumps(told, default=str)


_OURS = frozenset({"aws_request_id", "message", "asctime", "taskName"})


def _set_up_logging() -> LogHandler:
    handler = LogHandler()
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(JsonFormatter() if _logs_json() else formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level))
    return handler
