"""Train every candidate: `python -m examples.screening.train <folder>`.

Each leaves what a training job does, in a folder of its own: model.tar.gz for the endpoint and
evaluation.json for the registry. Beside them `traffic.csv`: rows no model has seen.
"""

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import joblib  # type: ignore[import-untyped]  # no stubs are published
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from examples.screening.candidates import (
    BETTER,
    CANDIDATES,
    FIRST,
    HASTY,
    WEAK,
    Artefacts,
    Candidate,
)
from examples.screening.evaluation import evaluate
from examples.screening.rows import Rows, Split, load

RADIUS, TEXTURE = 0, 1
TRAFFIC = "traffic.csv"


@dataclass(frozen=True)
class Recipe:
    """A model's steps, and which rows its author thought fit to use."""

    pipeline: Callable[[], Pipeline]
    cleaning: Callable[[Rows], Rows] = lambda rows: rows


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


RECIPES = {
    FIRST: Recipe(_two_columns),
    BETTER: Recipe(_imputing),
    HASTY: Recipe(_not_imputing, cleaning=Rows.complete),
    WEAK: Recipe(_one_column),
}


def train(candidate: Candidate, split: Split, folder: Path) -> Artefacts:
    """Fit, evaluate and write both files to `folder`; the same bytes on every run."""
    recipe, artefacts = RECIPES[candidate], Artefacts(folder)
    training, held_out = recipe.cleaning(split.training), recipe.cleaning(split.held_out)
    model = recipe.pipeline().fit(training.measurements, training.malignant)

    folder.mkdir(parents=True, exist_ok=True)
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
    """Train every candidate, and write down the rows that clients will send."""
    split = load()
    for candidate in CANDIDATES:
        train(candidate, split, folder / candidate.name)
    (folder / TRAFFIC).write_text("\n".join(split.held_out.as_csv()) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
