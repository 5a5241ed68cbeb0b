"""Quotas and lifetimes of user pools: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html"""

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3600, 86_400
POOLS_MAX, CLIENTS_MAX, GROUPS_MAX, GROUPS_OF_A_USER_MAX = 1000, 1000, 10_000, 100
RESOURCE_SERVERS_MAX, PROVIDERS_MAX = 25, 300
CUSTOM_ATTRIBUTES_MAX = 50
CUSTOM_NAME_CHARS_MAX = 20
TAGS_MAX = 50
LISTED_MAX = 60
DEVICES_LISTED = 60
LINKED_IDENTITIES_MAX = 5
KEY_BITS = 2048

# Validity: https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html#resource-quotas
SIGN_UP_CODE_SECONDS = 24 * HOUR_SECONDS
FORGOT_CODE_SECONDS = HOUR_SECONDS
ATTRIBUTE_CODE_SECONDS = 24 * HOUR_SECONDS
ACCESS_SECONDS, ID_SECONDS, REFRESH_SECONDS = HOUR_SECONDS, HOUR_SECONDS, 30 * DAY_SECONDS
ACCESS_SECONDS_MIN, ACCESS_SECONDS_MAX = 5 * MINUTE_SECONDS, DAY_SECONDS
REFRESH_SECONDS_MIN, REFRESH_SECONDS_MAX = HOUR_SECONDS, 3650 * DAY_SECONDS
TEMPORARY_PASSWORD_DAYS = 7
PASSWORD_CHARS_MAX = 256
TOTP_STEPS_AROUND = 1  # 30 seconds either way

# https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html#authentication-flow-lockout-behavior
FAILURES_FREE = 5
LOCKOUT_SECONDS_MAX = 15 * MINUTE_SECONDS
LOCKOUT_FORGOTTEN_SECONDS = 15 * MINUTE_SECONDS

CODE_TRIES_MAX = 5  # wrong codes in one sign-in; afterwards it begins anew
CONFIRMATION_TRIES_MAX = 5  # wrong codes of one kind before a user is made to wait
# Codes that may be asked for: five an hour, for one user and purpose; AWS says between 5 and 20.
CODES_SENT_MAX, CODES_SENT_SECONDS = 5, HOUR_SECONDS
