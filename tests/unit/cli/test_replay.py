"""`penstock replay`: recorded minutes judged again, and every fault of a recording named."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.judging.counts import Counts, Minute
from penstock.domain.judging.transcript import continued
from penstock_cli.json_positions import read_located
from penstock_cli.main import main
from penstock_cli.malformed import Malformed
from penstock_cli.minutes import read_minutes
from tests.unit.judging.evidence_states import HEALTHY, REGRESSION
from tests.worlds.deployed import ROOT

Run = Callable[..., tuple[int, str, str]]
PROVING = (300, 0, 300, 0)
WARM = {"cold_start_minutes": 0}
NO_SLACK = {"judge": {"slack": {"errors": 0}, **WARM}, "rollout": {"steps": "adaptive"}}
"""The known values were computed without a slack, and without a cold start."""


def recording(*minutes: tuple[int, int, int, int], weight: float = 0.05) -> dict[str, Any]:
    judged = [
        Minute(number, weight, {"errors": Counts(*counts)}) for number, counts in enumerate(minutes)
    ]
    return continued({}, judged)


@pytest.fixture
def replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(document: object, *options: str, policy: object = None) -> tuple[int, str, str]:
        file, rules = tmp_path / "minutes.json", tmp_path / "policy.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        rules.write_text(json.dumps(policy))
        using = ("--policy", str(rules)) if policy is not None else ()
        status = main(["replay", str(file), *using, *options])
        return status, *capsys.readouterr()

    return run


def lines_of(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_each_minute_is_judged_and_the_verdict_follows(replayed: Run) -> None:
    status, output, _ = replayed(recording(*REGRESSION), policy=NO_SLACK)
    *minutes, verdict = lines_of(output)
    assert status == 0
    assert [line["minute"] for line in minutes] == [0, 1, 2, 3]
    assert list(minutes[0]) == [
        *("minute", "log_e", "harm", "next_requests", "weight", "action", "reason"),
    ]
    assert minutes[-1]["log_e"] == pytest.approx(dict.fromkeys(("overall", "errors"), 24.2143678))
    assert minutes[-1]["harm"] == pytest.approx({"errors": 26.6247833293})
    assert minutes[-1]["next_requests"] == pytest.approx({"errors": 92.375628501})
    assert (verdict["verdict"], verdict["minute"]) == ("roll_back", 1)
    assert verdict["reason"].startswith(
        "the candidate is worse than live: candidate 7 errors in 63 requests, live 1 in 1,131"
    )


def test_the_reference_settings_give_the_values_that_are_published(replayed: Run) -> None:
    table = (ROOT / "docs" / "judge.md").read_text().split("| minutes (nb, xb, nc, xc) |")[1]
    rows = re.findall(r"^\| (\(.*\)) \| (\S+) \| (\S+) \| (\S+) \|$", table, re.MULTILINE)
    assert len(rows) == 3
    for minutes, log_e, harm, requests in rows:
        counts = re.findall(r"\((\d+), (\d+), (\d+), (\d+)\)", minutes)
        document = recording(*[tuple(map(int, each)) for each in counts])  # type: ignore[arg-type]
        *_, last, _ = lines_of(replayed(document, "--reference")[1])
        assert last["log_e"]["errors"] == pytest.approx(float(log_e), abs=1e-11)
        assert last["harm"]["errors"] == pytest.approx(float(harm), abs=1e-9)
        assert last["next_requests"]["errors"] == pytest.approx(float(requests), abs=1e-6)


def test_what_is_decided_stays_decided(replayed: Run) -> None:
    document = recording(*REGRESSION, *[HEALTHY] * 200)
    _, output, _ = replayed(document, policy={"judge": WARM, "rollout": {"steps": "adaptive"}})
    *minutes, verdict = lines_of(output)
    assert minutes[-1]["log_e"]["overall"] < 4
    assert (minutes[-1]["action"], minutes[-1]["reason"]) == ("roll_back", "decided at minute 1")
    assert verdict["minute"] == 1


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (recording(*[PROVING] * 18, weight=0.5), "promote"),
        (recording(*[HEALTHY] * 300), "inconclusive"),
        (recording(*[HEALTHY] * 5), "undecided"),
    ],
)
def test_the_verdict(replayed: Run, document: object, expected: str) -> None:
    assert lines_of(replayed(document)[1])[-1]["verdict"] == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"judge": {"false_rollback_rate": 1e-12, **WARM}}, "undecided"),
        ({"judge": {"tolerance": 50, **WARM}}, "undecided"),
        ({"judge": WARM}, "roll_back"),
        ({"judge": WARM, "rollout": {"steps": "adaptive"}}, "roll_back"),
        ({"judge": {"cold_start_minutes": 1}}, "roll_back"),
        ({"judge": {}}, "undecided"),
    ],
)
def test_another_policy_may_decide_otherwise(
    replayed: Run, policy: dict[str, object], expected: str
) -> None:
    status, output, _ = replayed(recording(*REGRESSION), policy=policy)
    assert (status, lines_of(output)[-1]["verdict"]) == (0, expected)


def test_explicit_steps_end_by_minutes_and_requests(replayed: Run) -> None:
    policy = {"rollout": {"steps": [5, 25], "step_minutes": 4}, "judge": {"min_requests": 120}}
    _, output, _ = replayed(recording(*[HEALTHY] * 6), policy=policy)
    assert [(line["action"], line["weight"]) for line in lines_of(output)[:-1]] == [
        *[("stay", 0.05)] * 3,
        *[("raise", 0.25)] * 3,
    ]


@pytest.mark.parametrize("rollout", [{}, {"steps": "by_traffic"}])
def test_steps_that_the_policy_leaves_open_are_adaptive(
    replayed: Run, rollout: dict[str, object]
) -> None:
    document = recording(*[HEALTHY] * 30)
    adaptive = replayed(document, policy={"rollout": {"steps": "adaptive"}})
    assert replayed(document, policy={"rollout": rollout}) == adaptive


def test_the_table_has_a_column_for_each_figure(replayed: Run) -> None:
    status, output, told = replayed(recording(*REGRESSION), "--csv", policy=NO_SLACK)
    rows = list(csv.DictReader(io.StringIO(output)))
    assert (status, len(rows)) == (0, 4)
    assert float(rows[-1]["log_e.overall"]) == pytest.approx(24.2143678)
    assert {"harm.errors", "next_requests.errors", "weight", "action", "reason"} <= set(rows[0])
    verdict = told.splitlines()[-1]
    assert verdict.startswith("roll_back at minute 1: the candidate is worse than live: ")


def test_a_recording_does_not_say_what_live_taught(replayed: Run) -> None:
    _, _, told = replayed(recording(HEALTHY), policy={"judge": {}})
    assert told.startswith("penstock: tolerance 1.1 and attempts 1: the recording does not say")
    named = {"judge": {"tolerance": 1.3, "attempts": 2}}
    assert replayed(recording(HEALTHY), policy=named)[2] == ""


@pytest.mark.parametrize("count", [1, 4, 300])
def test_the_picture_is_an_svg_that_says_the_verdict(
    replayed: Run, tmp_path: Path, count: int
) -> None:
    picture = tmp_path / "<a&b>.svg"
    minutes = [*REGRESSION, *[HEALTHY] * 300][:count]
    policy = {"judge": WARM, "rollout": {"steps": "adaptive"}}
    assert replayed(recording(*minutes), "--plot", str(picture), policy=policy)[0] == 0
    words = " ".join(ET.parse(picture).getroot().itertext())  # noqa: S314 - our own
    assert ("Undecided" if count == 1 else "Rolled back at minute 1") in words
    assert "rolls back at 100:1" in words
    assert "budget at risk in a step: 11" in words


def test_a_recorded_release_reads_as_it_was_judged() -> None:
    minutes = [
        Minute(29_000_000, None, {"errors": Counts(5.5, 0.5, 1, 0), "mine": Counts(5, 0, 1, 1)}),
        Minute(29_000_002, 0.25, {"errors": Counts(7, 0, 1, 0), "mine": Counts(5, 0, 1, 1)}),
    ]
    assert read_minutes(json.dumps(continued({}, minutes))) == minutes


def with_changes(**changes: object) -> str:
    """Three minutes, one a line, the second one changed."""
    document = recording(*[HEALTHY] * 3)
    document["minutes"][1] |= changes
    rows = ",\n".join(json.dumps(minute) for minute in document["minutes"])
    return f'{{"minutes": [\n{rows}\n]}}'


def metrics(**changes: object) -> dict[str, object]:
    return {"errors": {"nb": 570, "xb": 1, "nc": 30, "xc": 0} | changes}


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("", "line 1: a value is missing"),
        ("{", 'line 1: a key in "" is missing'),
        ('{"minutes": [1,]}', "line 1: minutes[1]: a value is missing"),
        ('{"minutes": []}\n{', "line 2: there is more after the end of the document"),
        ('{"minutes":\n\n NaN}', "line 3: minutes: NaN is not a JSON value"),
        ('{"minutes": [], "minutes": []}', "line 1: minutes: this key appears twice"),
        ('{"minutes": "a\nb"}', "line 1: minutes: a string is malformed"),
        ("[" * 99, "it is nested too deeply"),
        ("[]", "line 1: the document: a list is not an object"),
        ("{}", "line 1: minutes: it is missing"),
        ('{"minutes": []}', "line 1: minutes: the list is empty"),
        ('{"minutes": {}}', "line 1: minutes: an object is not a list"),
        ('{"minutes": [],\n"note": 1}', "line 2: note: unknown here; known are minutes"),
        (with_changes(minute=0), "line 3: minutes[1].minute: minute 0 appears twice"),
        (with_changes(minute=-5), "line 3: minutes[1].minute: minute -5 comes after minute 0"),
        (with_changes(minute=1.5), "line 3: minutes[1].minute: 1.5 is not a whole number"),
        (with_changes(minute=True), "line 3: minutes[1].minute: true is not a whole number"),
        (with_changes(weight=1.2), "line 3: minutes[1].weight: 1.2 is not within 0 and 1"),
        (with_changes(weight="5 %"), "line 3: minutes[1].weight: '5 %' is not a number"),
        (with_changes(weihgt=1), "line 3: minutes[1].weihgt: unknown here; known are minute, "),
        (with_changes(metrics={}), "line 3: minutes[1].metrics.errors: it is missing"),
        (
            with_changes(metrics=metrics() | {"latency": metrics()["errors"]}),
            "line 3: minutes[1].metrics.latency: unknown here; known are errors",
        ),
        (
            with_changes(metrics=metrics(xb=-1)),
            "line 3: minutes[1].metrics.errors.xb: -1 is not a number of requests",
        ),
        (
            with_changes(metrics=metrics(xc=31)),
            "line 3: minutes[1].metrics.errors.xc: 31 bad of 30 requests",
        ),
        (
            with_changes(metrics=metrics(nc=None)),
            "line 3: minutes[1].metrics.errors.nc: null is not a number",
        ),
        (
            with_changes(metrics=metrics(nc=float("nan"))),
            "line 3: minutes[1].metrics.errors.nc: NaN is not a JSON value",
        ),
        (
            with_changes(metrics=metrics()).replace("570", "1e999"),
            "line 2: minutes[0].metrics.errors.nb: inf is not a number of requests",
        ),
        (
            with_changes(metrics=metrics()).replace("570", "9" * 5000),
            "line 2: minutes[0].metrics.errors.nb: inf is not a number of requests",
        ),
        (
            with_changes(metrics=metrics()).replace('"errors"', '"overall"'),
            "line 2: minutes[0].metrics.overall: a metric cannot have this name",
        ),
    ],
)
def test_a_malformed_recording_is_refused_with_field_and_line(
    replayed: Run, document: str, complaint: str
) -> None:
    status, output, told = replayed(document)
    assert (status, output) == (2, "")
    assert complaint in told


def test_a_complaint_names_the_line_of_the_field_itself(replayed: Run) -> None:
    document = recording(*[HEALTHY] * 2)
    document["minutes"][1]["metrics"]["errors"]["xc"] = -3
    text = json.dumps(document, indent=1)
    line = 1 + text[: text.index("-3")].count("\n")
    assert f"line {line}: minutes[1].metrics.errors.xc: -3" in replayed(text)[2]


@pytest.mark.parametrize(
    ("policy", "complaint"),
    [
        ({"judge": {"tolerence": 1}}, "judge.tolerence: unknown key; did you mean `tolerance`?"),
        ({"judge": {"tolerance": 0.5}}, "judge.tolerance"),
        ([], "it is not an object"),
        ({"rollout": {"strategy": "all_at_once"}}, "rollout.steps: the policy has no steps"),
    ],
)
def test_a_bad_policy_is_refused(replayed: Run, policy: object, complaint: str) -> None:
    status, _, told = replayed(recording(HEALTHY), policy=policy)
    assert status == 2
    assert complaint in told


def test_a_file_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "no-such-file.json"]) == 2
    assert "no-such-file.json cannot be read" in capsys.readouterr().err


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def plain(value: Any) -> Any:
    inside = value.value
    if isinstance(inside, dict):
        return {key: plain(each) for key, each in inside.items()}
    return [plain(each) for each in inside] if isinstance(inside, list) else inside


@given(VALUES, st.sampled_from([None, 1, 3]))
def test_json_is_read_as_it_was_written(value: Any, indent: int | None) -> None:
    assert plain(read_located(json.dumps(value, indent=indent))) == value


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\\'))
def test_no_text_breaks_the_reader_otherwise_than_by_a_complaint(text: str) -> None:
    try:
        read = plain(read_located(text))
    except Malformed:
        return
    assert read == json.loads(text)


def test_a_recording_is_judged_on_through_its_holdback(replayed: Run) -> None:
    """Half and half for a minute, then 5 % on live: it fails in the tenth minute of that."""
    held = {
        "steps": [50],
        "step_minutes": 1,
        "hold_minutes": 0,
        "prove": False,
        "holdback_percent": 5,
        "holdback_minutes": 60,
    }
    shares = [(0.5, 300, 300)] + [(0.95, 30, 570)] * 40
    minutes = [
        Minute(n, share, {"errors": Counts(live, 0, candidate, 30 if n > 10 else 0)})
        for n, (share, live, candidate) in enumerate(shares)
    ]
    _, output, _ = replayed(continued({}, minutes), policy={"rollout": held})
    *lines, verdict = lines_of(output)
    assert (lines[0]["action"], lines[0]["weight"]) == ("raise", 0.95)
    assert (verdict["verdict"], 10 < verdict["minute"] < 30) == ("roll_back", True)


def test_a_recording_without_the_holdback_of_a_policy_stays_undecided(replayed: Run) -> None:
    held = {
        "steps": [50],
        "step_minutes": 1,
        "hold_minutes": 0,
        "prove": False,
        "holdback_percent": 5,
    }
    minutes = [Minute(n, 0.5, {"errors": Counts(300, 0, 300, 0)}) for n in range(5)]
    _, output, _ = replayed(continued({}, minutes), policy={"rollout": held})
    *lines, verdict = lines_of(output)
    assert verdict["verdict"] == "undecided"
    assert {(line["action"], line["weight"]) for line in lines} == {("raise", 0.95)}
