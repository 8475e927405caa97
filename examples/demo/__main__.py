"""Run the scenarios of a strategy on the local twin and write the report.

The exit code is 0 only if every scenario ended as expected, and 2 for a strategy without a demo.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console

from examples.demo import operator
from examples.demo.display import Display, LiveDisplay, PlainDisplay, ending
from examples.demo.follow_up import follow_up
from examples.demo.load import Client, Load
from examples.demo.memory import PeakMemory
from examples.demo.page import write
from examples.demo.recording import Recording
from examples.demo.report import Report, Scenario
from examples.demo.scripts import PROGRAMMES, USUAL
from examples.demo.sights import Sights
from examples.demo.stage import Stage, now
from examples.screening.candidates import TRAFFIC
from twin.clock.clock import ScaledClock
from twin.cloud import Twin

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
SWITCH_SECONDS = 0.0005  # with Python's default, a request waits 5 ms for every busy thread
START = 1_767_225_600.0  # the twin's clock begins on 1 January 2026


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and write its report. Return 0 if everything ended as expected, else 1 or 2."""
    sys.setswitchinterval(SWITCH_SECONDS)
    options = _options(arguments)
    if options.strategy not in PROGRAMMES:
        known = ", ".join(PROGRAMMES)
        sys.stderr.write(f"no demo of the strategy {options.strategy!r}: choose {known}\n")
        return 2
    console = Console()
    live = console.is_terminal and not options.plain
    display: Display = LiveDisplay(console) if live else PlainDisplay(console)
    began = time.perf_counter()
    with (
        PeakMemory() as memory,
        tempfile.TemporaryDirectory() as folder,
        closing(display),
    ):
        report = _run(options, display, Path(folder))
    report = report.model_copy(
        update={"seconds": time.perf_counter() - began, "peak_memory_mib": memory.mib}
    )
    write(report, options.out)
    console.print(_last_words(report, options.out), soft_wrap=True, markup=False, highlight=False)
    return 0 if report.as_expected else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument(
        "--strategy", default=USUAL, help=f"one of {', '.join(PROGRAMMES)}; default {USUAL}"
    )
    parser.add_argument("--speed", type=float, help="simulated seconds per real second")
    parser.add_argument("--rate", type=float, help="requests per simulated minute")
    parser.add_argument("--handlers", choices=["processes", "in-process"], default="processes")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="folder of the report")
    parser.add_argument("--plain", action="store_true", help="print lines, on a terminal too")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, display: Display, folder: Path) -> Report:
    role = operator.policy()["serving"]["execution_role_arn"]
    programme = PROGRAMMES[options.strategy]
    clock = ScaledClock(options.speed or programme.speed, START)
    training = _begin_training(folder)
    parameters = {"ServingRoleArns": role}
    with Twin(TEMPLATE, parameters, clock=clock, handlers=options.handlers) as twin:
        display.open(twin.banner())
        stage = _set_up(twin, folder, display)
        _finish(training)
        rows = (folder / TRAFFIC).read_text().splitlines()
        policy = operator.policy(programme.scripts[0].policy)
        stage.follow_up = follow_up(twin, policy, folder)
        with Load(stage.send, rows, clock, per_minute=options.rate or programme.rate):
            scenarios = [stage.play(script) for script in programme.scripts]
        return _report(twin, scenarios)


def _begin_training(folder: Path) -> subprocess.Popen[bytes]:
    """Train in a separate process, as a training job would, while the twin starts."""
    command = [sys.executable, "-m", "examples.screening.train", str(folder)]
    return subprocess.Popen(command, cwd=ROOT)  # noqa: S603  # our own module


def _finish(training: subprocess.Popen[bytes]) -> None:
    """Wait for the models. Raise CalledProcessError if the training failed."""
    if code := training.wait():
        raise subprocess.CalledProcessError(code, training.args)


def _set_up(twin: Twin, trained: Path, display: Display) -> Stage:
    people = operator.Operator(twin)
    people.prepare()
    endpoint = operator.policy()["endpoint"]
    sights = Sights(twin, endpoint, people.names)
    runtime = twin.client("sagemaker-runtime")
    client = Client(
        runtime, endpoint, lambda: now(twin), sights.variant_of, lambda: str(uuid.uuid4())
    )
    return Stage(twin, people, sights, trained, display, client, Recording(now(twin)))


def _report(twin: Twin, scenarios: list[Scenario]) -> Report:
    return Report(
        banner=twin.banner().splitlines()[0],
        speed=twin.clock.speed,
        not_enforced=twin.not_enforced,
        seconds=0,
        peak_memory_mib=0,
        scenarios=scenarios,
    )


def _last_words(report: Report, folder: Path) -> str:
    verdict = "every scenario ended as expected" if report.as_expected else "NOT as expected"
    figures = f"{report.seconds:.0f} s, peak memory {report.peak_memory_mib:.0f} MiB"
    endings = [f"{ending(one)}: {one.title}: {one.reason}" for one in report.scenarios]
    last = f"{report.banner}: {verdict}, {figures}"
    return "\n".join(["", *endings, last, str(folder / "report.html")])


if __name__ == "__main__":
    sys.exit(main())
