"""AWS KMS: https://docs.aws.amazon.com/kms/latest/APIReference/

Operations by subject, one module each.
"""

from __future__ import annotations

from cloudchamber.services.kms.agreement import Agreement
from cloudchamber.services.kms.aliases import Aliases
from cloudchamber.services.kms.data_keys import DataKeys
from cloudchamber.services.kms.encrypting import Encrypting
from cloudchamber.services.kms.grants import Grants
from cloudchamber.services.kms.importing import Importing
from cloudchamber.services.kms.key_policies import KeyPolicies
from cloudchamber.services.kms.keys import Keys
from cloudchamber.services.kms.lifecycle import Lifecycle
from cloudchamber.services.kms.multi_region import MultiRegion
from cloudchamber.services.kms.rotation import Rotation
from cloudchamber.services.kms.signing import Signing
from cloudchamber.services.kms.tags import Tags


class Kms(
    Keys, KeyPolicies, Lifecycle, Rotation, Importing, MultiRegion, Encrypting, DataKeys, Signing, Agreement, Aliases,
    Grants, Tags,
):  # fmt: skip
    """The service; what it does not have (custom key stores, GetKeyLastUsage) answers 501."""
