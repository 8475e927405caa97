"""What the whole run of the end-to-end tests has shown: permissions used, events said."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from penstock.domain.execution.published import EVERY
from tests.end_to_end.bench import Bench
from tests.end_to_end.grants import Grant, granted, used
from tests.sampling import SEED

_KEY = "end_to_end"
_FOLDER = Path(__file__).parent


@dataclass
class Tally:
    """Collected by each worker, added up by the session that started them."""

    used: set[Grant] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)

    def note(self, bench: Bench, module: str) -> None:
        """Add what one test has shown."""
        self.used |= used(bench.twin)
        self.said |= {event["detail-type"] for event in bench.said()}
        self.modules.add(module)

    def add(self, text: str) -> None:
        """Add what another process has collected."""
        other = json.loads(text)
        self.used |= {Grant(*each) for each in other["used"]}
        self.said |= set(other["said"])
        self.modules |= set(other["modules"])

    def text(self) -> str:
        """As JSON, to travel to the session that started this process."""
        return json.dumps({name: sorted(found) for name, found in vars(self).items()})

    @property
    def whole(self) -> bool:
        """Whether every module of these tests has run here, and nothing of them was left out."""
        return (
            not SEED and self.modules >= {file.name for file in _FOLDER.glob("test_*.py")} - _APART
        )

    def gaps(self) -> Iterator[str]:
        """What is granted and was never used, and what is published and was never said."""
        for grant in sorted(set(granted()) - self.used):
            yield f"granted and never used: {grant}"
        for event in EVERY:
            if event.detail_type not in self.said:
                yield f"never said: {event.detail_type}"


_APART = {"test_permissions.py", "test_real_servers.py"}
"""Have a twin of their own."""
TALLY = pytest.StashKey[Tally]()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist has ended: take over what it has collected."""
    if _KEY in getattr(node, "workeroutput", {}):
        tally_of(node.config).add(node.workeroutput[_KEY])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over to whoever started this worker, or fail a whole run that leaves gaps."""
    tally = tally_of(session.config)
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_KEY] = tally.text()
    elif tally.whole and not session.config.option.keyword and list(tally.gaps()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the gaps that a whole run leaves."""
    tally = tally_of(terminalreporter.config)
    if tally.whole:
        for gap in tally.gaps():
            terminalreporter.write_line(gap, red=True)


def tally_of(config: pytest.Config) -> Tally:
    """The tally of this process."""
    return config.stash.setdefault(TALLY, Tally())
