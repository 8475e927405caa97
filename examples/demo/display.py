"""The demo's output while it runs: a live tree on a terminal, plain lines anywhere else."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from examples.demo.recording import Moment
from examples.demo.report import Answered, Scenario

BAR = 40
LATEST_STATES, LATEST_MOMENTS = 3, 6  # the tree must fit on a screen
BETWEEN = ("Wait until", "Look at", "Decide what")  # states between two steps are not printed


class Look(NamedTuple):
    """The state of a scenario at one moment. Shares and copies are in percent, by model."""

    minute: float
    states: Sequence[str]
    status: str
    shares: Mapping[str, float]
    copies: Mapping[str, float]
    answered: Sequence[Answered]


class Display(Protocol):
    """Shows a run of the demo."""

    def open(self, banner: str) -> None:
        """Show the banner, before the first scenario."""
        ...

    def begin(self, title: str, story: str) -> None:
        """Show that a scenario begins."""
        ...

    def show(self, look: Look) -> None:
        """Show the present state. The watcher calls this a few times a second."""
        ...

    def tell(self, minute: float, moment: Moment) -> None:
        """Show an event of the scenario."""
        ...

    def end(self, scenario: Scenario) -> None:
        """Show how a scenario ended."""
        ...

    def close(self) -> None:
        """Stop the display. It is called after a failure, too."""
        ...


class PlainDisplay:
    """Prints one line for each event and each change."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: Look | None = None
        self._state = ""

    def open(self, banner: str) -> None:
        """Print the banner."""
        self._print(banner)

    def begin(self, title: str, story: str) -> None:
        """Print a headline."""
        self._last = None
        self._print(f"\n{title}\n  {story}")

    def show(self, look: Look) -> None:
        """Print the state and the shares if they have changed since the last look."""
        last, self._last = self._last, look
        for state in look.states[len(last.states) if last else 0 :]:
            if state != self._state and not state.startswith(BETWEEN):
                self._line(look.minute, "state", state)
                self._state = state
        if look.shares and (last is None or _routes(last) != _routes(look)):
            self._line(look.minute, "traffic", _routes(look))

    def tell(self, minute: float, moment: Moment) -> None:
        """Print the event."""
        self._line(minute, moment.title, moment.text)

    def end(self, scenario: Scenario) -> None:
        """Print how it ended."""
        for line in _answers(scenario.requests):
            self._print(f"  {line}")
        self._print(f"  {ending(scenario)}: {scenario.reason}")

    def close(self) -> None:
        """Do nothing."""

    def _line(self, minute: float, title: str, text: str) -> None:
        self._print(f"  {minute:5.1f} min  {title}: {text}")

    def _print(self, words: str) -> None:
        self._console.print(words, soft_wrap=True, markup=False, highlight=False)


class LiveDisplay:
    """Draws a tree four times a second: the scenarios that have ended, then the running one."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=4)
        self._banner = ""
        self._ended: list[Scenario] = []
        self._title = self._story = ""
        self._look: Look | None = None
        self._moments: list[tuple[float, Moment]] = []

    def open(self, banner: str) -> None:
        """Start drawing."""
        self._live.console.print(banner, markup=False, highlight=False)
        self._banner = banner.partition("\n")[0]
        self._live.start()
        self._draw()

    def begin(self, title: str, story: str) -> None:
        """Add a branch for the scenario."""
        self._title, self._story, self._look = title, story, None
        self._moments = []
        self._draw()

    def show(self, look: Look) -> None:
        """Draw the present state."""
        self._look = look
        self._draw()

    def tell(self, minute: float, moment: Moment) -> None:
        """Add the event to the timeline."""
        self._moments.append((minute, moment))
        self._draw()

    def end(self, scenario: Scenario) -> None:
        """Collapse the branch into one line."""
        self._ended.append(scenario)
        self._title = ""
        self._draw()

    def close(self) -> None:
        """Leave the last picture on the screen."""
        self._live.stop()

    def _draw(self) -> None:
        tree = Tree(Text(self._banner, "bold"))
        for scenario in self._ended:
            tree.add(Text(f"{scenario.title}: {ending(scenario)}", _style(scenario)))
        if self._title:
            self._grow(tree.add(Text(self._title, "bold")))
        self._live.update(tree)

    def _grow(self, branch: Tree) -> None:
        branch.add(Text(self._story, "italic"))
        if self._look:
            _grow_look(branch, self._look)
        timeline = branch.add("timeline")
        for minute, moment in self._moments[-LATEST_MOMENTS:]:
            style = "red" if moment.bad else ""
            timeline.add(Text(f"{minute:5.1f} min  {moment.title}: {moment.text}", style))


def _grow_look(branch: Tree, look: Look) -> None:
    branch.add(f"minute {look.minute:.1f} of the twin's time, endpoint {look.status or 'absent'}")
    states = branch.add("execution")
    for state in look.states[-LATEST_STATES:-1]:
        states.add(Text(state, "dim"))
    if look.states:
        states.add(Text(f"{look.states[-1]} ...", "cyan"))
    traffic = branch.add("traffic")
    for name, share in look.shares.items():
        traffic.add(Text(f"{'█' * round(share / 100 * BAR):{BAR}} {share:5.1f} %  {name}"))
    for name, share in look.copies.items():
        traffic.add(
            Text(f"{'░' * round(share / 100 * BAR):{BAR}} {share:5.1f} %  copies to {name}")
        )
    requests = branch.add("requests")
    for line in _answers(look.answered):
        requests.add(Text(line))


def _answers(answered: Sequence[Answered]) -> list[str]:
    return [
        f"{row.model} behind {row.variant}: {row.served} served, {row.failed} failed "
        f"({row.failed / (row.served + row.failed):.1%})"
        for row in answered
    ]


def _routes(look: Look) -> str:
    shares = [f"{name} {share:g} %" for name, share in look.shares.items()]
    return ", ".join(
        [*shares, *(f"copies to {name} {part:g} %" for name, part in look.copies.items())]
    )


def ending(scenario: Scenario) -> str:
    """Return the outcome of a scenario, marked as expected or not."""
    mark = "✓" if scenario.as_expected else f"✗ expected {scenario.expected}, got"
    return f"{mark} {scenario.outcome}".replace("_", " ")


def _style(scenario: Scenario) -> str:
    return "green" if scenario.as_expected else "red"
