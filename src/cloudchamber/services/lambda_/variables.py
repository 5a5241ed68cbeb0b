"""The environment variables of a function: AWS's own, the role's credentials, the user's.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.lambda_ import configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.lambda_.records import Version


def variables_of(
    version: Version, credentials: Mapping[str, str], stream: str, endpoint: str, kind: str
) -> dict[str, str]:
    """`kind` is on-demand or provisioned-concurrency; `endpoint` is this cloud, where SDKs find every service."""
    settings = version.settings
    logging = settings.get("LoggingConfig") or {}
    found = {
        "_HANDLER": settings["Handler"],
        "AWS_DEFAULT_REGION": version.region,
        "AWS_REGION": version.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": version.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": version.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
        "AWS_LAMBDA_LOG_GROUP_NAME": configuration.log_group(version),
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "LAMBDA_TASK_ROOT": "{task}",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "TZ": ":UTC",
        "HOME": "/tmp",
    }
    if endpoint:
        found["AWS_ENDPOINT_URL"] = endpoint
    if logging.get("LogFormat"):
        found["AWS_LAMBDA_LOG_FORMAT"] = logging["LogFormat"]
    if logging.get("ApplicationLogLevel"):
        found["AWS_LAMBDA_LOG_LEVEL"] = logging["ApplicationLogLevel"]
    variables = (settings.get("Environment") or {}).get("Variables") or {}
    return {**found, **variables}
