"""What a scene is: a short history of an endpoint, of which the second part is tried again.

What comes before a scene's `yield` is prepared by roles that have all of their permissions; what
comes after it is played, and its outcome compared. A scene may answer one more fact to compare.
"""

from collections.abc import Callable, Generator
from typing import Any

from tests.end_to_end.bench import Bench

Played = Generator[None, None, Any]
Scene = Callable[[Bench], Played]
PATIENCE = 60
"""Simulated minutes in which every scene ends that nothing keeps from ending."""


def finish(bench: Bench, package: str, minutes: float = 5) -> None:
    """Await the start of a package's release, and its end."""
    bench.end(bench.started(package, minutes), PATIENCE)


def within_seconds(bench: Bench, seconds: float) -> bool:
    """Whether the shares begin to go back before the next look, which is a minute away."""
    bench.pass_minutes(seconds / 60)
    return bench.status == "Updating"


def running(bench: Bench, step_minutes: int = 60) -> Played:
    """A release has come to half of the requests."""
    bench.live(rollout={"step_minutes": step_minutes})
    bench.started(bench.register())
    bench.until_share(50)
    yield
