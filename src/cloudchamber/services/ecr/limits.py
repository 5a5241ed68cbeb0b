"""ECR's quotas and sizes of pages: https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html"""

TAGS_MAX = 50
TAG_KEY_CHARS_MAX = 128
TAG_VALUE_CHARS_MAX = 256
PAGE = 100
FILTER_WILDCARDS_MAX = 2
PATTERN_WILDCARDS_MAX = 4
RULES_MAX = 50
