"""What the demo plays: the scenarios of each strategy, and how they must end."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from examples.demo.operator import EXAMPLE, POLICY
from examples.demo.report import Ending
from examples.screening.candidates import BETTER, FIRST, HASTY, SIMILAR, SWAPPED, WEAK, Candidate

GUARDRAIL = EXAMPLE / "policy_guardrail.json"
SHADOW = EXAMPLE / "policy_shadow.json"
SHADOW_FIRST = EXAMPLE / "policy_shadow_canary.json"
EXPERIMENT = EXAMPLE / "policy_ab.json"


@dataclass(frozen=True)
class Script:
    """A model to release under a policy, and its expected outcome.

    At the end `serves` takes all traffic. `shielded`: no caller may get the candidate's answers.
    """

    name: str
    title: str
    candidate: Candidate
    expected: Ending
    serves: Candidate
    policy: Path = POLICY
    shielded: bool = False

    @property
    def story(self) -> str:
        """A sentence about the candidate."""
        return f"The model “{self.candidate.name}”: {self.candidate.story}."


@dataclass(frozen=True)
class Programme:
    """The scenarios of a run.

    `speed` is in simulated seconds per real second, and `rate` in requests per simulated minute.
    """

    scripts: tuple[Script, ...]
    speed: float = 120
    rate: float = 75


_STARTS = "A first release creates the endpoint"
SCRIPTS = (
    Script("first_release", _STARTS, FIRST, "promoted", FIRST),
    Script("better_model", "A better model is promoted", BETTER, "promoted", BETTER),
    Script("failing_model", "A failing model is rolled back", HASTY, "rolled_back", BETTER),
    Script("below_its_bar", "A model below its bar is rejected", WEAK, "rejected", BETTER),
)
_DEPLOYED = "SageMaker shifts to a better model, and it is promoted"
_TAKEN_BACK = "SageMaker shifts to a failing model, and the brake takes it back"
_GUARDED = (
    Script("first_release", _STARTS, FIRST, "promoted", FIRST, GUARDRAIL),
    Script("deployed", _DEPLOYED, BETTER, "promoted", BETTER, GUARDRAIL),
    Script("taken_back", _TAKEN_BACK, HASTY, "rolled_back", BETTER, GUARDRAIL),
)
_OBSERVED = "A shadow alone is observed, and nothing changes"
_SHADOW_FIRST = "A shadow that agrees becomes a canary, and is promoted"
_DISAGREES = "A shadow that answers otherwise is rolled back, and no caller notices"
_SHADOWED = (
    Script("first_release", _STARTS, FIRST, "promoted", FIRST, SHADOW),
    Script("observed", _OBSERVED, BETTER, "observed", FIRST, SHADOW, shielded=True),
    Script("shadow_first", _SHADOW_FIRST, BETTER, "promoted", BETTER, SHADOW_FIRST),
    Script("disagrees", _DISAGREES, SWAPPED, "rolled_back", BETTER, SHADOW_FIRST, shielded=True),
)
_WINS = "A model that is better by its goal is promoted"
_ALIKE = "A model without a relevant difference is observed, and live is kept"
_TESTED = (
    Script("first_release", _STARTS, FIRST, "promoted", FIRST, EXPERIMENT),
    Script("wins", _WINS, BETTER, "promoted", BETTER, EXPERIMENT),
    Script("alike", _ALIKE, SIMILAR, "observed", BETTER, EXPERIMENT),
)
PROGRAMMES: Mapping[str, Programme] = {
    "canary": Programme(SCRIPTS),
    "shadow": Programme(_SHADOWED, speed=240, rate=50),
    "guardrail": Programme(_GUARDED),
    "ab": Programme(_TESTED, speed=200),
}
"""What is played, by the strategy that it shows."""
USUAL = "canary"
