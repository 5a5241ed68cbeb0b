"""AWS CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/

Operations by subject: `stacks.py`, `change_sets.py`, `reading.py`, `drift.py`, `controls.py`.
"""

from __future__ import annotations

from cloudchamber.services.cloudformation.controls import Controls


class CloudFormation(Controls):
    """The service."""
