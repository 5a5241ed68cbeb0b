"""A version's settings: what a request may say, what holds if it does not, and how AWS shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.services.lambda_ import limits
from cloudchamber.services.lambda_.errors import InvalidParameterValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.lambda_.records import Layer, Version

# Runtimes that functions can be created with; AWS no longer takes what is older, and says so.
RUNTIMES = (
    "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "python3.9", "python3.10", "python3.11", "python3.12",
    "python3.13", "python3.14", "java8.al2", "java11", "java17", "java21", "java25", "dotnet6", "dotnet8", "dotnet10",
    "ruby3.2", "ruby3.3", "ruby3.4", "provided.al2", "provided.al2023",
)  # fmt: skip
KEPT = (
    "Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "VpcConfig", "DeadLetterConfig",
    "Environment", "KMSKeyArn", "TracingConfig", "Layers", "FileSystemConfigs", "EphemeralStorage", "SnapStart",
    "LoggingConfig",
)  # fmt: skip
RESERVED = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
})  # fmt: skip
_VARIABLE = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")
_ROLE = re.compile(r"arn:aws[a-zA-Z-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-/]+")


def created(request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new function. InvalidParameterValue."""
    if request.get("PackageType") == "Image":
        raise NotImplementedByUs("Container images are not implemented in cloudchamber: deploy a ZIP package")
    for name in ("DurableConfig", "CapacityProviderConfig", "TenancyConfig", "AcceleratorConfig"):
        if request.get(name):
            raise NotImplementedByUs(f"{name} is not implemented in cloudchamber")
    if not request.get("Runtime") or not request.get("Handler"):
        raise InvalidParameterValue(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    settings: dict[str, Any] = {
        "Description": "", "Timeout": limits.TIMEOUT_SECONDS_DEFAULT, "MemorySize": limits.MEMORY_MB_DEFAULT,
        "Architectures": list(request.get("Architectures") or ["x86_64"]),
        "EphemeralStorage": {"Size": limits.EPHEMERAL_MB_DEFAULT}, "TracingConfig": {"Mode": "PassThrough"},
    }  # fmt: skip
    return changed(settings, request)


def changed(settings: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with what a request says instead. InvalidParameterValue."""
    for name in ("DurableConfig", "CapacityProviderConfig", "ImageConfig", "AcceleratorConfig"):
        if request.get(name):
            raise NotImplementedByUs(f"{name} is not implemented in cloudchamber")
    new = {**settings, **{name: request[name] for name in KEPT if request.get(name) is not None}}
    runtime = new["Runtime"]
    if runtime not in RUNTIMES:
        raise InvalidParameterValue(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(reversed(RUNTIMES))}] or be a valid ARN"
        )
    if _ROLE.fullmatch(new["Role"]) is None:
        raise InvalidParameterValue(f"Invalid role: {new['Role']}")
    _check_ranges(new)
    _check_environment(new.get("Environment") or {})
    if len(new.get("Layers") or ()) > limits.LAYERS_MAX:
        raise InvalidParameterValue(f"Cannot reference more than {limits.LAYERS_MAX} layers.")
    _check_dead_letters(new.get("DeadLetterConfig") or {})
    return new


def _check_ranges(settings: Mapping[str, Any]) -> None:
    for name, most in (("Timeout", limits.TIMEOUT_SECONDS_MAX), ("MemorySize", limits.MEMORY_MB_MAX)):
        if settings[name] > most:
            member = name[:1].lower() + name[1:]
            raise InvalidParameterValue(
                f"'{member}' value failed to satisfy constraint: Member must have value less than or equal to {most}"
            )


def _check_environment(environment: Mapping[str, Any]) -> None:
    variables = environment.get("Variables") or {}
    taken = sorted(RESERVED & set(variables))
    if taken:
        raise InvalidParameterValue(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(taken)}"
        )
    text = orjson.dumps(dict(variables))
    if len(text) > limits.ENVIRONMENT_BYTES_MAX:
        raise InvalidParameterValue(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {text.decode()}"
        )


def _check_dead_letters(config: Mapping[str, Any]) -> None:
    target = config.get("TargetArn") or ""
    if target and target.split(":")[2] not in ("sqs", "sns"):
        raise InvalidParameterValue(f"The provided DLQ target ARN is not supported: {target}")


def shown(version: Version, layers: list[Layer], is_qualified: bool = False) -> dict[str, Any]:
    """A FunctionConfiguration."""
    settings = version.settings
    arn = f"{version.arn}:{version.version}" if is_qualified or version.version != "$LATEST" else version.arn
    answer: dict[str, Any] = {
        "FunctionName": version.name, "FunctionArn": arn, "Version": version.version, "CodeSize": version.code.size,
        "CodeSha256": version.code.sha256, "RevisionId": version.revision, "PackageType": "Zip",
        "LastModified": stamp(version.modified_at), "State": "Active", "LastUpdateStatus": "Successful",
        "SnapStart": {"ApplyOn": (settings.get("SnapStart") or {}).get("ApplyOn", "None"), "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": {"RuntimeVersionArn": runtime_arn(version.region, settings["Runtime"])},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": log_group(version), **(settings.get("LoggingConfig") or {})},
    }  # fmt: skip
    for name in ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "KMSKeyArn", "TracingConfig",
                 "Architectures", "EphemeralStorage", "FileSystemConfigs"):  # fmt: skip
        if settings.get(name) not in (None, []):
            answer[name] = settings[name]
    if (settings.get("DeadLetterConfig") or {}).get("TargetArn"):
        answer["DeadLetterConfig"] = settings["DeadLetterConfig"]
    if (settings.get("Environment") or {}).get("Variables"):
        answer["Environment"] = settings["Environment"]
    vpc = settings.get("VpcConfig") or {}
    if vpc.get("SubnetIds"):
        answer["VpcConfig"] = {"VpcId": "", "SecurityGroupIds": [], "Ipv6AllowedForDualStack": False, **vpc}
    if layers:
        answer["Layers"] = [{"Arn": layer.arn, "CodeSize": layer.code.size} for layer in layers]
    return answer


def log_group(version: Version) -> str:
    return (version.settings.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{version.name}"


def runtime_arn(region: str, runtime: str) -> str:
    """The ARN of the runtime version: a digest stands where AWS has one of its own."""
    import hashlib  # noqa: PLC0415 - shown seldom

    return f"arn:aws:lambda:{region}::runtime:{hashlib.sha256(runtime.encode()).hexdigest()}"


def stamp(at: float) -> str:
    """`2025-01-31T12:34:56.789+0000`"""
    from datetime import UTC, datetime  # noqa: PLC0415

    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at * 1000) % 1000:03d}+0000"
