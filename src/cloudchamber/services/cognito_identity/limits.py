"""Quotas: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html"""

POOLS_MAX = 1000
LOGINS_PER_IDENTITY_MAX = 20
RULES_PER_PROVIDER_MAX = 25
TAGS_MAX = 50
LIST_PAGE = 60

TOKEN_SECONDS = 600  # of GetOpenIdToken
DEVELOPER_TOKEN_SECONDS = 900  # of GetOpenIdTokenForDeveloperIdentity, unless it asks for another
SESSION_SECONDS = 3600
CLOCK_SKEW_SECONDS = 300.0
