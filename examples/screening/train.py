"""Train every candidate: `python -m examples.screening.train <folder>`.

Each candidate gets a folder with model.tar.gz for the endpoint and evaluation.json for the
registry. `traffic.csv`, beside these folders, has rows that no model was trained on, and
`malignant.txt` what the biopsies of these rows found later.
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
    FOUND,
    HASTY,
    SIMILAR,
    SWAPPED,
    TRAFFIC,
    WEAK,
    Artefacts,
    Candidate,
)
from examples.screening.evaluation import evaluate
from examples.screening.rows import Rows, Split, load

RADIUS, TEXTURE = 0, 1


@dataclass(frozen=True)
class Recipe:
    """The steps of a model, and how its author chose the rows."""

    pipeline: Callable[[], Pipeline]
    cleaning: Callable[[Rows], Rows] = lambda rows: rows


def _two_columns() -> Pipeline:
    return make_pipeline(_only(RADIUS, TEXTURE), StandardScaler(), LogisticRegression())


def _one_column() -> Pipeline:
    return make_pipeline(_only(TEXTURE), StandardScaler(), LogisticRegression())


def _imputing() -> Pipeline:
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.5))


def _regularised() -> Pipeline:
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.4))


def _not_imputing() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.5))


def _only(*columns: int) -> ColumnTransformer:
    return ColumnTransformer([("kept", "passthrough", list(columns))])


RECIPES = {
    FIRST: Recipe(_two_columns),
    BETTER: Recipe(_imputing),
    HASTY: Recipe(_not_imputing, cleaning=Rows.complete),
    WEAK: Recipe(_one_column),
    SWAPPED: Recipe(_imputing, cleaning=Rows.swapped),
    SIMILAR: Recipe(_regularised),
}


def train(candidate: Candidate, split: Split, folder: Path) -> Artefacts:
    """Train and evaluate a model, and write both files to `folder`, with equal bytes each time."""
    recipe, artefacts = RECIPES[candidate], Artefacts(folder)
    training, held_out = recipe.cleaning(split.training), recipe.cleaning(split.held_out)
    model = recipe.pipeline().fit(training.measurements, training.malignant)

    folder.mkdir(parents=True, exist_ok=True)
    artefacts.model.write_bytes(_archive(candidate.name, model))
    artefacts.evaluation.write_text(json.dumps(evaluate(model, held_out), indent=2))
    return artefacts


def _archive(name: str, model: Pipeline) -> bytes:
    """Pack the model and its name without timestamps, so that equal models have equal bytes."""
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
    """Train every candidate, and write the rows that clients will send and their labels."""
    split = load()
    for candidate in CANDIDATES:
        train(candidate, split, folder / candidate.name)
    (folder / TRAFFIC).write_text("\n".join(split.held_out.as_csv()) + "\n")
    labels = split.held_out.malignant.tolist()
    (folder / FOUND).write_text("".join(f"{label}\n" for label in labels))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
