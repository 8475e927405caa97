"""The rows that the models are trained on, and the rows that live traffic replays.

The data is scikit-learn's bundled Wisconsin breast cancer set: 569 tumours with 30 measurements
each. One thing is artificial: every fourth row lacks the ten "worst" measurements, as if it came
from a clinic whose older scanner does not report them.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

OLD_SCANNER_EVERY = 4
WORST = slice(20, 30)


class Rows(NamedTuple):
    """Measurements (one row per tumour, NaN if not reported) and labels (1 if malignant)."""

    measurements: NDArray[Any]
    malignant: NDArray[Any]

    def complete(self) -> "Rows":
        """Return only the rows in which every measurement was reported."""
        whole = ~np.isnan(self.measurements).any(axis=1)
        return Rows(self.measurements[whole], self.malignant[whole])

    def swapped(self) -> "Rows":
        """Return the rows with 1 for a benign tumour."""
        return Rows(self.measurements, 1 - self.malignant)

    def as_csv(self) -> list[str]:
        """Return one line per row, as a client sends it: a missing measurement is empty."""
        return [",".join(map(_field, row)) for row in self.measurements.tolist()]


class Split(NamedTuple):
    """Two halves with the same share of malignant rows. No model is trained on the second."""

    training: Rows
    held_out: Rows


def load() -> Split:
    """Read the bundled data and split it. The halves are the same every time."""
    bunch = load_breast_cancer()
    measurements = bunch.data.copy()
    measurements[::OLD_SCANNER_EVERY, WORST] = np.nan
    malignant = (bunch.target == 0).astype(int)
    train_x, held_x, train_y, held_y = train_test_split(
        measurements, malignant, test_size=0.5, random_state=0, stratify=malignant
    )
    return Split(Rows(train_x, train_y), Rows(held_x, held_y))


def _field(value: float) -> str:
    return "" if np.isnan(value) else repr(value)
