"""CloudWatch quotas: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"""

DATA_MAX = 1000  # in one PutMetricData
VALUES_MAX = 150  # in one datum
DIMENSIONS_MAX = 30
VALUE_MAX = 2.0**360
PAST_SECONDS_MAX = 14 * 86_400
FUTURE_SECONDS_MAX = 2 * 3600
LISTED_SECONDS = 14 * 86_400  # ListMetrics shows what had data since
RECENT_SECONDS = 3 * 3600
LIST_METRICS_PAGE = 500
STATISTICS_DATAPOINTS_MAX = 1440
QUERIES_MAX = 500
GET_DATAPOINTS_MAX = 100_800
TAGS_MAX = 50
ALARM_PAGE_DEFAULT = 50
HISTORY_PAGE_DEFAULT = 100
HISTORY_SECONDS = 30 * 86_400
ALARM_WINDOW_SECONDS_MAX = 86_400
ALARM_LONG_WINDOW_SECONDS_MAX = 7 * 86_400  # for periods of an hour and more
COMPOSITE_CHILDREN_MAX = 100
DASHBOARD_BYTES_MAX = 1_048_576
DASHBOARDS_PAGE = 1000

# A point is kept for so long at each resolution, then it is part of a point of the next:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
RETENTION_SECONDS = {1: 3 * 3600, 60: 15 * 86_400, 300: 63 * 86_400, 3600: 455 * 86_400}
NEXT_RESOLUTION = {1: 60, 60: 300, 300: 3600}
