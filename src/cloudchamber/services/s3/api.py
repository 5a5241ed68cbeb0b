"""Amazon S3: https://docs.aws.amazon.com/AmazonS3/latest/API/

Operations by subject; README.md says what is in each module.
"""

from __future__ import annotations

from cloudchamber.services.s3.buckets import Buckets
from cloudchamber.services.s3.cors import Preflights
from cloudchamber.services.s3.lifecycle import Lifecycle
from cloudchamber.services.s3.listing import Listing
from cloudchamber.services.s3.named_configurations import NamedConfigurations
from cloudchamber.services.s3.notifications import Notifications
from cloudchamber.services.s3.policies import Policies
from cloudchamber.services.s3.posting import Posting
from cloudchamber.services.s3.replication import Replication
from cloudchamber.services.s3.restoring import Restoring
from cloudchamber.services.s3.storage_usage import StorageUsage
from cloudchamber.services.s3.tagging import Tagging
from cloudchamber.services.s3.website import Website


class S3(
    Replication, Lifecycle, Restoring, StorageUsage, Listing, Buckets, Policies, Tagging, NamedConfigurations,
    Notifications, Preflights, Posting, Website,
):  # fmt: skip
    """The service."""
