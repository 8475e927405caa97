"""What the models of the demo promise, on the rows that live traffic replays."""

import json
import tarfile
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from examples.screening import serve
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
)
from examples.screening.rows import Rows, load
from examples.screening.train import main, train

POLICY = Path(serve.__file__).with_name("policy.json")


@pytest.fixture(scope="module")
def held_out() -> Rows:
    return load().held_out


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artefacts]:
    split, folder = load(), tmp_path_factory.mktemp("models")
    return {one.name: train(one, split, folder / one.name) for one in CANDIDATES}


@pytest.fixture(scope="module")
def models(trained: dict[str, Artefacts]) -> dict[str, serve.Model]:
    return {
        name: serve.load(unpacked(artefacts), threshold=0.5) for name, artefacts in trained.items()
    }


def unpacked(artefacts: Artefacts) -> Path:
    folder = artefacts.model.with_name("unpacked")
    if not folder.exists():
        with tarfile.open(artefacts.model) as archive:
            archive.extractall(folder, filter="data")
    return folder


def metric(artefacts: Artefacts, name: str) -> float:
    value: float = artefacts.report()["binary_classification_metrics"][name]["value"]
    return value


def misses(artefacts: Artefacts) -> list[str]:
    """The absolute bars of the example's policy that a model misses."""
    bars = json.loads(POLICY.read_text())["approval"]["bars"]
    named = [(bar["metric"].rpartition(".")[2], bar) for bar in bars]
    return [
        name
        for name, bar in named
        if metric(artefacts, name) < bar.get("at_least", 0)
        or metric(artefacts, name) > bar.get("at_most", 1)
    ]


def failing_rows(model: serve.Model, rows: Rows) -> list[int]:
    return [row for row, values in enumerate(rows.measurements.tolist()) if fails(model, values)]


def fails(model: serve.Model, values: list[float]) -> bool:
    try:
        model.answer([values])
    except ValueError:
        return True
    return False


def test_the_better_model_is_better_on_the_same_rows(trained: dict[str, Artefacts]) -> None:
    better, first = trained[BETTER.name], trained[FIRST.name]
    assert metric(better, "auc") > metric(first, "auc")
    assert metric(better, "accuracy") > metric(first, "accuracy")
    assert metric(better, "false_negative_rate") < metric(first, "false_negative_rate")


@pytest.mark.parametrize(
    "candidate", [FIRST, BETTER, HASTY, SWAPPED, SIMILAR], ids=lambda one: one.name
)
def test_five_models_clear_the_bars(trained: dict[str, Artefacts], candidate: Any) -> None:
    assert misses(trained[candidate.name]) == []


def test_the_weak_model_misses_its_bars(trained: dict[str, Artefacts]) -> None:
    assert misses(trained[WEAK.name]) == ["auc", "false_negative_rate"]


def test_the_hasty_model_looks_even_better_than_the_better_one(
    trained: dict[str, Artefacts],
) -> None:
    hasty, better = trained[HASTY.name], trained[BETTER.name]
    assert metric(hasty, "auc") > metric(better, "auc")
    assert metric(hasty, "accuracy") > metric(better, "accuracy")


def test_the_hasty_model_fails_on_the_incomplete_rows_and_on_no_other(
    models: dict[str, serve.Model], held_out: Rows
) -> None:
    failing = failing_rows(models[HASTY.name], held_out)
    assert 0.2 < len(failing) / len(held_out.malignant) < 0.3
    assert failing_rows(models[HASTY.name], held_out.complete()) == []
    assert len(failing) == len(held_out.malignant) - len(held_out.complete().malignant)


def labels(model: serve.Model, rows: Rows) -> list[float]:
    return [answer["label"] for answer in model.answer(rows.measurements.tolist())]


def confirmed(model: serve.Model, rows: Rows) -> float:
    """The share of the rows that get the label that they have."""
    pairs = zip(labels(model, rows), rows.malignant.tolist(), strict=True)
    return fmean(said == found for said, found in pairs)


def differing(one: serve.Model, other: serve.Model, rows: Rows) -> float:
    pairs = zip(labels(one, rows), labels(other, rows), strict=True)
    return fmean(first != second for first, second in pairs)


def test_the_swapped_model_has_a_good_report_and_answers_otherwise(
    trained: dict[str, Artefacts], models: dict[str, serve.Model], held_out: Rows
) -> None:
    swapped, better = models[SWAPPED.name], models[BETTER.name]
    assert metric(trained[SWAPPED.name], "auc") >= metric(trained[BETTER.name], "auc") - 0.005
    assert differing(swapped, better, held_out) > 0.9


def test_the_better_model_differs_by_less_than_a_shadow_may(
    models: dict[str, serve.Model], held_out: Rows
) -> None:
    assert 0.05 < differing(models[FIRST.name], models[BETTER.name], held_out) < 0.15


def test_by_the_goal_the_better_model_wins_and_the_similar_one_does_not(
    models: dict[str, serve.Model], held_out: Rows
) -> None:
    first, better, similar = (
        confirmed(models[one.name], held_out) for one in (FIRST, BETTER, SIMILAR)
    )
    assert better - first > 0.04
    assert abs(similar - better) < 0.01


@pytest.mark.parametrize("name", [FIRST.name, BETTER.name, WEAK.name, SWAPPED.name, SIMILAR.name])
def test_the_other_models_take_every_row(
    models: dict[str, serve.Model], held_out: Rows, name: str
) -> None:
    assert failing_rows(models[name], held_out) == []


def test_training_twice_gives_the_same_artefact(
    trained: dict[str, Artefacts], tmp_path: Path
) -> None:
    again = train(FIRST, load(), tmp_path)
    assert again.model.read_bytes() == trained[FIRST.name].model.read_bytes()
    assert again.report() == trained[FIRST.name].report()


def test_a_training_run_leaves_every_model_and_the_rows_to_send(tmp_path: Path) -> None:
    main(tmp_path)
    assert all(Artefacts(tmp_path / one.name).model.exists() for one in CANDIDATES)
    held_out = load().held_out
    assert (tmp_path / TRAFFIC).read_text().splitlines() == held_out.as_csv()
    found = [int(line) for line in (tmp_path / FOUND).read_text().splitlines()]
    assert found == held_out.malignant.tolist()
