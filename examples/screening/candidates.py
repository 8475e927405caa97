"""The models that people want to release. `train.py` trains them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """A model that somebody wants to release, and what is particular about it."""

    name: str
    story: str


FIRST = Candidate("first", "radius and texture only")
BETTER = Candidate("better", "all thirty measurements, missing ones filled in")
HASTY = Candidate(
    "hasty",
    "incomplete rows were dropped before training and evaluation, so it cannot handle them",
)
WEAK = Candidate("weak", "texture only")
SWAPPED = Candidate(
    "swapped",
    "trained and evaluated with the classes swapped, so its report looks as good, but it answers "
    "“benign” for malignant tumours",
)
SIMILAR = Candidate("similar", "as “better”, but regularised a little more")
TRAFFIC, FOUND = "traffic.csv", "malignant.txt"
"""Rows that no model was trained on, and their labels. They lie beside the models' folders."""
CANDIDATES = (FIRST, BETTER, HASTY, WEAK, SWAPPED, SIMILAR)


@dataclass(frozen=True)
class Artefacts:
    """The files that a training job writes into a folder."""

    folder: Path

    @property
    def model(self) -> Path:
        """The path of the archive for the endpoint."""
        return self.folder / "model.tar.gz"

    @property
    def evaluation(self) -> Path:
        """The path of the report for the registry."""
        return self.folder / "evaluation.json"

    def report(self) -> dict[str, Any]:
        """Read the evaluation report."""
        report: dict[str, Any] = json.loads(self.evaluation.read_text())
        return report
