"""Who wants what released: four data scientists, four models. Their training is in `train.py`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """A model that somebody wants released, and what is particular about it."""

    name: str
    story: str


FIRST = Candidate("first", "radius and texture only")
BETTER = Candidate("better", "all thirty measurements, missing ones filled in")
HASTY = Candidate(
    "hasty",
    "incomplete rows dropped before training and before evaluating, so nothing fills them in",
)
WEAK = Candidate("weak", "texture only")
CANDIDATES = (FIRST, BETTER, HASTY, WEAK)


@dataclass(frozen=True)
class Artefacts:
    """What a training job leaves behind in a folder."""

    folder: Path

    @property
    def model(self) -> Path:
        """The archive for the endpoint."""
        return self.folder / "model.tar.gz"

    @property
    def evaluation(self) -> Path:
        """The report for the registry."""
        return self.folder / "evaluation.json"

    def report(self) -> dict[str, Any]:
        """The evaluation, read back."""
        report: dict[str, Any] = json.loads(self.evaluation.read_text())
        return report
