"""Evaluates a model on held-out rows, in the model registry's report format (facts 2.2)."""

from typing import Any

from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.pipeline import Pipeline

from examples.screening.rows import Rows

THRESHOLD = 0.5

Metric = dict[str, float | str]


def evaluate(model: Pipeline, rows: Rows) -> dict[str, dict[str, Any]]:
    """Return the report. Its deviations are NaN, as SageMaker writes them for few rows."""
    scores = model.predict_proba(rows.measurements)[:, 1]
    labels = (scores >= THRESHOLD).astype(int)
    metrics: dict[str, Any] = {
        "auc": _metric(roc_auc_score(rows.malignant, scores)),
        "accuracy": _metric(accuracy_score(rows.malignant, labels)),
        "precision": _metric(precision_score(rows.malignant, labels)),
        "recall": _metric(recall_score(rows.malignant, labels)),
        "f1": _metric(f1_score(rows.malignant, labels)),
        **_confusion(rows.malignant, labels),
    }
    return {"binary_classification_metrics": metrics}


def _confusion(truth: Any, labels: Any) -> dict[str, Any]:
    matrix = confusion_matrix(truth, labels)
    (true_negative, false_positive), (false_negative, true_positive) = matrix.tolist()
    return {
        "confusion_matrix": {
            str(actual): {str(said): count for said, count in enumerate(row)}
            for actual, row in enumerate(matrix.tolist())
        },
        "false_positive_rate": _metric(false_positive / (false_positive + true_negative)),
        "false_negative_rate": _metric(false_negative / (false_negative + true_positive)),
    }


def _metric(value: float) -> Metric:
    return {"value": float(value), "standard_deviation": "NaN"}
