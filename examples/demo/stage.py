"""Runs the scenarios on a twin, with its operator, the trained models and the clients."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.demo.display import Display
from examples.demo.follow_up import FollowUp
from examples.demo.load import Client
from examples.demo.operator import Operator
from examples.demo.recording import Instant, Recording
from examples.demo.report import Scenario
from examples.demo.scenarios import Ended, summary
from examples.demo.scripts import Script
from examples.demo.sights import Sights
from examples.demo.watcher import Watcher
from examples.screening.candidates import Artefacts
from twin.cloud import Twin
from twin.observations import Execution

PATIENCE_MINUTES = 90.0  # simulated; a scenario needs about 25
AFTERWARDS = 60.0  # simulated seconds of watching after the end of a scenario


@dataclass
class Stage:
    """Everything that the scenarios share. `recording` belongs to the running scenario.

    With a `follow_up` the application learns later whether its answers were right.
    """

    twin: Twin
    operator: Operator
    sights: Sights
    trained: Path
    display: Display
    client: Client
    recording: Recording
    follow_up: FollowUp | None = None

    def send(self, row: str) -> None:
        """Let a client send a row, and record the answer in the running scenario."""
        request = self.client.ask(row)
        if request:
            self.recording.requests.append(request)
        if request and self.follow_up:
            self.follow_up.hear(row, request)

    def play(self, script: Script) -> Scenario:
        """Register the script's model, watch its release, and return how it ended."""
        events, told = self.twin.events.published, len(self.twin.events.published)
        self.recording = Recording(now(self.twin))
        self.display.begin(script.title, script.story)
        self.operator.write_policy(script.policy)
        with Watcher(
            self.sights, events, self.recording, lambda: now(self.twin), self.display
        ) as watcher:
            artefacts = Artefacts(self.trained / script.candidate.name)
            package = self.operator.register(script.candidate, artefacts)
            watcher.package = package
            execution = self._wait(package)
            self.twin.clock.sleep(AFTERWARDS)
        ended = Ended(
            script,
            self.sights.name,
            self.operator.package(package),
            execution,
            self.recording,
            events[told:],
            now(self.twin),
            *self._kept(execution),
        )
        scenario = summary(ended)
        self.display.end(scenario)
        return scenario

    def _kept(self, execution: Execution | None) -> Iterator[Any]:
        """Yield what the release has left in the evidence bucket."""
        said = (execution.output or execution.cause) if execution else None
        release = said.get("release_id") if isinstance(said, dict) else None
        if release:
            yield self.sights.transcript(release)
            yield self.sights.notes(release, "agreement")
            yield self.sights.notes(release, "goal")

    def _wait(self, package: str) -> Execution | None:
        """Wait for the end of the release. Return its execution, or None if there was none.

        The execution still runs if it takes longer than PATIENCE_MINUTES.
        """

        def over() -> bool:
            release = self.sights.release(package)
            if release is None:
                return bool(self.operator.package(package)["ModelApprovalStatus"] == "Rejected")
            return release.status != "RUNNING"

        try:
            self.twin.until(over, PATIENCE_MINUTES, f"the end of the release of {package}")
        except TimeoutError:
            return self.sights.release(package)
        return self.sights.release(package)


def now(twin: Twin) -> Instant:
    """Return the present moment on both clocks."""
    return Instant(twin.clock.now(), time.perf_counter())
