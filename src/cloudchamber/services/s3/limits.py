"""S3 quotas: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html and …/BucketRestrictions.html"""

BUCKETS_MAX = 10_000
KEY_BYTES_MAX = 1024
OBJECT_PUT_BYTES_MAX = 5 * 1024**3
PART_BYTES_MIN = 5 * 1024**2  # but for the last
PARTS_MAX = 10_000
METADATA_BYTES_MAX = 2048
LIST_KEYS_MAX = 1000
DELETE_KEYS_MAX = 1000
LISTED_BUCKETS_MAX = 10_000
OBJECT_TAGS_MAX = 10
BUCKET_TAGS_MAX = 50
TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX = 128, 256
POLICY_BYTES_MAX = 20 * 1024
GRANTS_MAX = 100
CORS_RULES_MAX = 100
LIFECYCLE_RULES_MAX = 1000
ROUTING_RULES_MAX = 50
CONFIGURATIONS_MAX = 1000
POST_FIELDS_BYTES_MAX = 20 * 1024
SMALL_BODY_BYTES_MAX = 64 * 1024  # of ours: a body up to this size is kept in a row, larger ones in files
READ_BYTES = 256 * 1024  # of ours: a body is read and sent in pieces of this size
