"""Amazon CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/

Operations by subject, one module each.
"""

from __future__ import annotations

from cloudchamber.services.logs.exports import Exports
from cloudchamber.services.logs.metric_filters import MetricFilters
from cloudchamber.services.logs.queries import Queries
from cloudchamber.services.logs.query_definitions import QueryDefinitions
from cloudchamber.services.logs.resource_policies import ResourcePolicies
from cloudchamber.services.logs.streams import Streams
from cloudchamber.services.logs.subscriptions import Subscriptions
from cloudchamber.services.logs.tags import Tags
from cloudchamber.services.logs.tailing import Tailing
from cloudchamber.services.logs.writing import Writing


class Logs(
    Writing, Streams, Tailing, MetricFilters, Subscriptions, Queries, QueryDefinitions, ResourcePolicies, Exports, Tags
):
    """The service. Data protection, anomaly detection, transformers, deliveries, field indexes … answer 501."""
