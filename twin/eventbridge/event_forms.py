"""The possible forms of absent values and of times in SageMaker's events about packages.

AWS documents the event of an update, but not that of a registration. It is unknown whether absent
values are omitted, null or empty, and how some times are written (facts 1.2, 1.5, 1.6). Penstock
must therefore work with each form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

PACKAGE_CHANGED = "SageMaker Model Package State Change"
_OPTIONAL = (
    "InferenceSpecification",
    "MetadataProperties",
    "ModelLifeCycle",
    "ModelMetrics",
    "ModelPackageDescription",
    "ModelPackageName",
    "UpdatedModelPackageFields",
)
_TIMES = ("CreationTime", "LastModifiedTime")


@dataclass(frozen=True)
class Forms:
    """The chosen forms. `empty` means [] for a list, and null for everything else."""

    absent: Literal["left out", "null", "empty"] = "left out"
    times: Literal["iso", "left out", "null", "epoch s", "epoch ms"] = "iso"

    def of(self, detail_type: str, detail: Mapping[str, Any]) -> dict[str, Any]:
        """Return the detail in these forms. Other types of events do not change."""
        if detail_type != PACKAGE_CHANGED:
            return dict(detail)
        missing = {name: self._nothing(name) for name in _OPTIONAL if name not in detail}
        whole = dict(detail) if self.absent == "left out" else {**missing, **detail}
        times = {name: self._time(whole[name]) for name in _TIMES if whole.get(name)}
        if self.times == "left out":
            return {name: value for name, value in whole.items() if name not in times}
        return whole | times

    def _nothing(self, name: str) -> list[str] | None:
        listed = name == "UpdatedModelPackageFields"
        return [] if listed and self.absent == "empty" else None

    def _time(self, text: str) -> str | int | None:
        if self.times == "iso":
            return text
        seconds = round(datetime.fromisoformat(text).timestamp())
        epochs = {"epoch s": seconds, "epoch ms": 1000 * seconds}
        return epochs.get(self.times)
