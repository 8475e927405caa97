"""Policies and evaluation reports as people and pipelines may write them, met by the handlers."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from penstock.domain.errors import Refused
from penstock.domain.policy.policy import parse_policy
from tests.generated.damage import FOREIGN, Damager, dice, nested
from tests.generated.inputs import REPORT, inputs
from tests.generated.invoking import Invoked, function
from tests.generated.recorded import Recorded
from tests.generated.trying import AMOUNT, tried

GOOD = REPORT.decode()
DECISIONS = {"UpdateModelPackage", "StartExecution", "Invoke"}
ODD_TEXTS = (
    "",
    " \n",
    "\ufeff" + GOOD,
    "[]",
    "null",
    "NaN",
    "1e999",
    '"a text"',
    GOOD * 2,
    GOOD[:-1],
    GOOD.replace("0.9", "NaN"),
    GOOD.replace("0.9", "1e999"),
    GOOD.replace("0.9", "-Infinity"),
    GOOD.replace("0.9", '"0.9"'),
    GOOD.replace("0.9", "true"),
    GOOD.replace("0.9", "9" * 5000),
    GOOD.replace("{", '{"binary_classification_metrics": {"auc": 0.1}, ', 1),
    json.dumps(nested(900)),
    "[" * 100_000,
    '{"a":' * 100_000,
)
ODD_BYTES = (
    *(text.encode() for text in ODD_TEXTS),
    *(GOOD.encode(code) for code in ("utf-8-sig", "utf-16", "utf-32", "cp037")),
    b"\xff\xfe\x00",
    b"\x1f\x8b\x08\x00" + bytes(range(256)),
    b'{"binary_classification_metrics": {"auc": {"value": 0.9}}, "pad": "' + b"x" * 10**7 + b'"}',
)


def texts(good: str, random: Random) -> Iterator[str]:
    """The odd ones, then good ones damaged as documents and as texts."""
    yield from ODD_TEXTS
    damager = Damager(json.loads(good), random, FOREIGN)
    while True:
        text = json.dumps(damager.damaged().document)
        if random.random() < 0.2:
            place = random.randrange(len(text) + 1)
            text = (
                text[:place] + random.choice(("", ",", "}", '"', "\u0000", "é")) + text[place + 1 :]
            )
        yield text


def registered() -> Recorded:
    """A package waits for its decision."""
    return next(r for r in inputs()["review_package"] if "Pending" in str(r.scene.package))


def asked() -> Recorded:
    """A person asks for a release."""
    return inputs()["resolve_request"][0]


def swept() -> Recorded:
    """A group of an account at rest, with a package that waits."""
    pending = [r for r in inputs()["reconcile"] if "Pending" in str(r.scene.package)]
    return next(r for r in pending if "group" in r.document["detail"])


READING = {"resolve_request": asked, "reconcile": swept, "review_package": registered}
"""Functions that read policies, with an input that has them do so."""


def valid(text: str) -> bool:
    try:
        parse_policy(text, "3")
    except Refused:
        return False
    return True


@pytest.mark.parametrize("name", sorted(READING))
def test_a_policy_that_is_not_valid_decides_nothing(name: str) -> None:
    event, scene = READING[name]()
    written = texts(str(scene.policy), dice(name))
    with function(name) as invoke:
        for _ in range(AMOUNT // 3):
            text = next(written)
            tried(invoke, event, replace(scene, policy=text), f"policy {text[:2000]!r}")
            assert "GetParameter" in "".join(invoke.account.calls)
            assert valid(text) or not set(invoke.account.writes) & DECISIONS


def test_no_report_passes_whose_figure_is_no_number_above_the_bar() -> None:
    written = texts(GOOD, dice("reports"))
    with function("review_package") as invoke:
        seen = {review(invoke, next(written).encode(errors="replace")) for _ in range(AMOUNT)}
        seen |= {review(invoke, report) for report in ODD_BYTES}
    assert seen == {"Approved", "Rejected", None}


def review(invoke: Invoked, report: bytes) -> str | None:
    """What the review of a package with this report decides; approved only where it may be."""
    event, scene = registered()
    tried(invoke, event, replace(scene, report=report), f"report {report[:2000]!r}")
    decision: str | None = invoke.account.decided.get("ModelApprovalStatus")
    assert decision != "Approved" or figure(report) >= 0.85, report[:2000]
    return decision


def figure(report: bytes) -> float:
    """The report's figure, read by nothing of ours; -1 where there is none."""
    try:
        found = json.loads(report.decode("utf-8-sig"))["binary_classification_metrics"]["auc"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return -1.0
    value = found.get("value") if isinstance(found, dict) else found
    if isinstance(value, bool) or not isinstance(value, int | float):
        return -1.0
    return float(value) if math.isfinite(value) else -1.0


@pytest.mark.parametrize("kind", ["StringList", "SecureString", "a new type"])
def test_a_parameter_of_another_type_is_read_all_the_same(kind: str) -> None:
    event, scene = asked()
    with function("resolve_request") as invoke:
        assert invoke(event, replace(scene, policy_type=kind)).document["next"] == "claim"
