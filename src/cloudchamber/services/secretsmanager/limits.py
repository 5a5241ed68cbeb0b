"""Secrets Manager quotas: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"""

SECRET_BYTES_MAX = 65_536
VERSIONS_MAX = 100  # beyond it, versions without labels go, once they are a day old
LABELS_MAX = 20
TAGS_MAX = 50
RECOVERY_DAYS_MIN, RECOVERY_DAYS_MAX, RECOVERY_DAYS = 7, 30, 30
LISTED, BATCH_LISTED = 100, 20
DAY_SECONDS, HOUR_SECONDS = 86_400, 3600
PASSWORD_CHARS = 32
ROTATION_HOURS_MIN, ROTATION_DAYS_MAX = 4, 999
# A rotation that fails is tried anew after so long; AWS says "multiple times". Then it waits for its next window.
RETRY_SECONDS = (60, 300, 900, 3600)
ROTATION_SECONDS_MAX = 3600  # four steps of a function's longest time
