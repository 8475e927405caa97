"""`make bench-cold`: the cost of each function's cold start, up to its first AWS call.

Each start is a separate process. It alternates with the floor, a process that only imports ssl
and http.client. The result is the ratio of their CPU times, which is comparable across machines.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.cold.deployed import LAYERS, ROOT, link_packages, zipped_sizes
from tests.generated.recorded import recorded

START = Path(__file__).with_name("start.py")
PAIRS = 9
EVENTS = {
    "halt_release": "alarm_fired",
    "reconcile": "place_due",
    "resolve_request": "start_release",
    "review_package": "package_registered",
    "sweep": "sweep_due",
}
ACCOUNT = "123456789012"
STARTED = "arn:aws:states:eu-west-1:123456789012:execution:Release:one"
ENVIRONMENT = {
    "ACCOUNT_ID": ACCOUNT,
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "EVIDENCE_BUCKET": "evidence",
    "LEDGER_TABLE": "ledger",
    "POWERTOOLS_SERVICE_NAME": "penstock",
    "REVIEW_FUNCTION": "review:live",
    "RECONCILE_FUNCTION": "reconcile:live",
    "SETTINGS_PARAMETER": "/penstock/settings",
    "STATE_MACHINE_ARN": f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:Release",
    "TOPIC_ARN": f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic",
}


class Start(NamedTuple):
    """One process: the first host that it looks up, and its CPU time and memory until then."""

    host: str
    seconds: float
    mebibytes: float
    modules: int


class Cost(NamedTuple):
    """The cost of a function's start, as medians over the pairs of start and floor."""

    ratio: float
    mebibytes: float
    modules: int
    host: str


def documents() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every function with an event for it."""
    for function in sorted((ROOT / "functions").iterdir()):
        name = function.name
        yield name, _event(name) if name in EVENTS else recorded()[name][0].document


def _event(name: str) -> Mapping[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{EVENTS[name]}.json").read_text())
    if name != "resolve_request":
        return event
    return {"input": event, "execution": STARTED, "execution_started_at": "2026-01-01T00:00:00Z"}


def started(packages: Path, *arguments: str) -> Start:
    """Start one process and wait for its result."""
    path = ":".join(map(str, (LAYERS / "penstock", packages)))
    done = subprocess.run(  # noqa: S603  # our own module
        [sys.executable, "-S", START, *arguments],
        env={**ENVIRONMENT, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(done.stderr or f"{arguments} made no call")
    host, seconds, kibibytes, modules = done.stdout.split()[-4:]
    return Start(host, float(seconds), int(kibibytes) / 1024, int(modules))


def cost(packages: Path, name: str, event: Mapping[str, Any]) -> Cost:
    """Start the function and the floor alternately, and compare them."""
    arguments = (str(ROOT / "functions" / name), repr(event))
    started(packages, *arguments)  # the first start writes the compiled modules
    pairs = [(started(packages), started(packages, *arguments)) for _ in range(PAIRS)]
    return Cost(
        statistics.median(start.seconds / floor.seconds for floor, start in pairs),
        statistics.median(start.mebibytes for _, start in pairs),
        pairs[0][1].modules,
        pairs[0][1].host,
    )


def report() -> Iterator[str]:
    """Yield the lines of the table, one for each function."""
    yield f"{'function':20}{'CPU/floor':>10}{'MiB':>7}{'modules':>9}  first call"
    chosen = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        link_packages(Path(folder))
        for name, event in documents():
            if chosen and name not in chosen:
                continue
            seen = cost(Path(folder), name, event)
            figures = f"{seen.ratio:10.2f}{seen.mebibytes:7.1f}{seen.modules:9}"
            yield f"{name:20}{figures}  {seen.host}"
    yield ""
    for layer, size in zipped_sizes().items():
        yield f"layer {layer}: {size / 1e6:.2f} MB zipped"


if __name__ == "__main__":
    for line in report():
        print(line, flush=True)  # noqa: T201  # a command prints
