"""Labels: LabelParameterVersion, UnlabelParameterVersion.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html
A label is on one version at a time; labelling another moves it. What can be no label is listed, not refused.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.ssm import limits, names
from cloudchamber.services.ssm.base import SsmBase
from cloudchamber.services.ssm.errors import ParameterVersionLabelLimitExceeded

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.ssm import shapes

_LABEL = re.compile(r"(?!\d|aws|ssm)[a-zA-Z0-9_.-]+", re.IGNORECASE)


class Labels(SsmBase):
    @operation
    async def label_parameter_version(
        self, ctx: Context, request: shapes.LabelParameterVersionRequest
    ) -> shapes.LabelParameterVersionResult:
        found = self.parameter(names.locate_own(ctx, request["Name"]))
        target = self.version(found, request.get("ParameterVersion") or found.version)
        invalid = [label for label in request["Labels"] if not _LABEL.fullmatch(label)]
        added = [label for label in dict.fromkeys(request["Labels"]) if label not in invalid]
        labels = (*target.labels, *(label for label in added if label not in target.labels))
        if len(labels) > limits.LABELS_MAX:
            raise ParameterVersionLabelLimitExceeded
        with self.platform.store.transaction():
            for version in self.store.history(found):
                kept = tuple(label for label in version.labels if label not in added)
                if version.number != target.number and kept != version.labels:
                    self.store.versions.put(replace(version, labels=kept))
            self.store.versions.put(replace(target, labels=labels))
        return {"InvalidLabels": invalid, "ParameterVersion": target.number}

    @operation
    async def unlabel_parameter_version(
        self, ctx: Context, request: shapes.UnlabelParameterVersionRequest
    ) -> shapes.UnlabelParameterVersionResult:
        found = self.parameter(names.locate_own(ctx, request["Name"]))
        target = self.version(found, request["ParameterVersion"])
        removed = [label for label in dict.fromkeys(request["Labels"]) if label in target.labels]
        invalid = [label for label in dict.fromkeys(request["Labels"]) if label not in target.labels]
        kept = tuple(label for label in target.labels if label not in removed)
        with self.platform.store.transaction():
            self.store.versions.put(replace(target, labels=kept))
        return {"RemovedLabels": removed, "InvalidLabels": invalid}
