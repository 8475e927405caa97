"""Train the candidates of the demo: `python -m examples.screening.train <folder>`.

Four data scientists, four models. Each writes what a training job leaves behind: model.tar.gz for
the endpoint and evaluation.json for the registry.
"""

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]  # no stubs are published
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from examples.screening.evaluation import evaluate
from examples.screening.rows import Rows, Split, load

RADIUS, TEXTURE = 0, 1


@dataclass(frozen=True)
class Candidate:
    """A model somebody wants released: its steps, and which rows they thought fit to use."""

    name: str
    story: str
    pipeline: Callable[[], Pipeline]
    cleaning: Callable[[Rows], Rows] = lambda rows: rows


@dataclass(frozen=True)
class Artefacts:
    """What a training job leaves behind."""

    model: Path
    evaluation: Path

    def report(self) -> dict[str, Any]:
        """The evaluation, read back."""
        report: dict[str, Any] = json.loads(self.evaluation.read_text())
        return report


def _two_columns() -> Pipeline:
    return make_pipeline(_only(RADIUS, TEXTURE), StandardScaler(), LogisticRegression())


def _one_column() -> Pipeline:
    return make_pipeline(_only(TEXTURE), StandardScaler(), LogisticRegression())


def _imputing() -> Pipeline:
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.5))


def _not_imputing() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.5))


def _only(*columns: int) -> ColumnTransformer:
    return ColumnTransformer([("kept", "passthrough", list(columns))])


FIRST = Candidate("first", "radius and texture only", _two_columns)
BETTER = Candidate("better", "all thirty measurements, missing ones filled in", _imputing)
HASTY = Candidate(
    "hasty",
    "incomplete rows dropped before training and before evaluating, so nothing fills them in",
    _not_imputing,
    Rows.complete,
)
WEAK = Candidate("weak", "texture only", _one_column)
CANDIDATES = (FIRST, BETTER, HASTY, WEAK)


def train(candidate: Candidate, split: Split, folder: Path) -> Artefacts:
    """Fit, evaluate and write both files to `folder`; the same bytes on every run."""
    training, held_out = candidate.cleaning(split.training), candidate.cleaning(split.held_out)
    model = candidate.pipeline().fit(training.measurements, training.malignant)

    folder.mkdir(parents=True, exist_ok=True)
    artefacts = Artefacts(folder / "model.tar.gz", folder / "evaluation.json")
    artefacts.model.write_bytes(_archive(candidate.name, model))
    artefacts.evaluation.write_text(json.dumps(evaluate(model, held_out), indent=2))
    return artefacts


def _archive(name: str, model: Pipeline) -> bytes:
    """The model and a card with its name, packed without times so that equal models are equal."""
    pickled = io.BytesIO()
    joblib.dump(model, pickled)
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        _add(archive, "model.joblib", pickled.getvalue())
        _add(archive, "card.json", json.dumps({"name": name}).encode())
    return packed.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def main(folder: Path) -> None:
    """Train every candidate into a folder of its own."""
    split = load()
    for candidate in CANDIDATES:
        train(candidate, split, folder / candidate.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
