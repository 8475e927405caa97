"""What the whole run of the end-to-end tests has shown: permissions used, events said."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto.iam.models import iam_backends

from penstock.domain.announcements import EVERY
from tests.end_to_end.bench import Bench
from twin.account import ACCOUNT

UNUSED_ON_PURPOSE = frozenset(
    {
        # Step Functions uses these when a machine with logging is deployed; the twin does not log.
        ("ReleaseStateMachineRole", "logs:CreateLogDelivery"),
        ("ReleaseStateMachineRole", "logs:DeleteLogDelivery"),
        ("ReleaseStateMachineRole", "logs:DescribeLogGroups"),
        ("ReleaseStateMachineRole", "logs:DescribeResourcePolicies"),
        ("ReleaseStateMachineRole", "logs:GetLogDelivery"),
        ("ReleaseStateMachineRole", "logs:ListLogDeliveries"),
        ("ReleaseStateMachineRole", "logs:PutResourcePolicy"),
        ("ReleaseStateMachineRole", "logs:UpdateLogDelivery"),
    }
)
_KEY = "end_to_end"
_FOLDER = Path(__file__).parent

Grant = tuple[str, str]
"""A role's logical id, and an action."""


@dataclass
class Tally:
    """Collected by each worker, added up by the session that started them."""

    granted: set[Grant] = field(default_factory=set)
    used: set[Grant] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)

    def note(self, bench: Bench, module: str) -> None:
        """Add what one test has shown."""
        roles = {name: logical for logical, name in bench.twin.resources.items()}
        self.granted |= set(_granted(roles))
        self.used |= {(roles[u.role], u.action) for u in bench.twin.permissions.used}
        self.said |= {event["detail-type"] for event in bench.said()}
        self.modules.add(module)

    def add(self, text: str) -> None:
        """Add what another process has collected."""
        other = json.loads(text)
        self.granted |= {(role, action) for role, action in other["granted"]}
        self.used |= {(role, action) for role, action in other["used"]}
        self.said |= set(other["said"])
        self.modules |= set(other["modules"])

    def text(self) -> str:
        """As JSON, to travel to the session that started this process."""
        return json.dumps({name: sorted(found) for name, found in vars(self).items()})

    @property
    def whole(self) -> bool:
        """Whether every module of these tests has run here."""
        return self.modules >= {file.name for file in _FOLDER.glob("test_*.py")} - {_SERVERS}

    def gaps(self) -> Iterator[str]:
        """What is granted and was never used, and what is published and was never said."""
        for role, action in sorted(self.granted - self.used - UNUSED_ON_PURPOSE):
            yield f"granted and never used: {role} {action}"
        for event in EVERY:
            if event.detail_type not in self.said:
                yield f"never said: {event.detail_type}"


_SERVERS = "test_real_servers.py"
"""Has a twin of its own."""
TALLY = pytest.StashKey[Tally]()


def _granted(roles: dict[str, str]) -> Iterator[Grant]:
    """Every action of the roles' own policies in the template; managed ones are logs and traces."""
    for name, logical in roles.items():
        if logical.endswith("Role"):
            role: Any = iam_backends[ACCOUNT]["aws"].get_role(name)
            for document in role.policies.values():
                yield from ((logical, action) for action in _actions(json.loads(document)))


def _actions(document: dict[str, Any]) -> Iterator[str]:
    for statement in document["Statement"]:
        actions = statement["Action"]
        yield from [actions] if isinstance(actions, str) else actions


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
