"""A policy, a package and the endpoint as it is become a list of stages that the machine walks."""

import math
from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from penstock.domain import blueprint as drawing
from penstock.domain import checks, naming
from penstock.domain.blueprint import CANDIDATE, Blueprint
from penstock.domain.checks import Check, PhaseName
from penstock.domain.content import WHOLE, Content, split
from penstock.domain.endpoint import LiveSetup
from penstock.domain.errors import Refused
from penstock.domain.gate import PROMOTE, SHIFT, STAGE
from penstock.domain.judgement import OVERLOAD, Rules, look_seconds
from penstock.domain.package import Package
from penstock.domain.policy import Policy

Act = Literal["stage", "shift", "promote"]

LONGEST_MINUTES = 59 * 24 * 60
"""The state machine gives up after 60 days."""
HISTORY_LIMIT = 20_000
"""Of the 25,000 events an execution may have (facts 5); the rest is for rolling back."""
EVENTS_PER_LOOK = 17
"""Watch (6), judge (5), two waits and two choices: what one look adds to the history."""
EVENTS_PER_POLL = 9
"""One wait, one choice, one look at the endpoint."""
EVENTS_TO_ROLL_BACK = 2_000


class Stage(BaseModel):
    """One opening of the gate: what is done, the candidate's share after it, how it is judged."""

    model_config = ConfigDict(frozen=True)

    act: Act
    step: int
    percent: float
    rules: Rules
    says: str


class Plan(BaseModel):
    """All that a release is going to do. Instances are counts, minutes are least minutes."""

    model_config = ConfigDict(frozen=True)

    release: str
    package: str
    policy: Policy
    blueprint: Blueprint
    stages: tuple[Stage, ...]
    live_variant: str
    floor: int
    candidate_instances: int
    peak_instances: int
    history_events: int
    least_minutes: int
    first: bool
    image_digest: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def endpoint(self) -> str:
        """The endpoint that is released to."""
        return self.policy.endpoint

    @property
    def own_alarms(self) -> tuple[str, ...]:
        """Names of the alarms that this release makes."""
        candidate = () if self.blueprint.staging is None else self._watching("candidate")
        return (*candidate, *self._watching("live"))

    def checks(self, stage: Stage) -> tuple[Check, ...]:
        """The alarms of the phase that a stage begins: on the candidate, or on what serves."""
        candidate = stage.act != "promote"
        return checks.checks(
            self.endpoint,
            CANDIDATE if candidate else self.live_variant,
            self.target(stage).config,
            self.policy.judge,
            "candidate" if candidate else "live",
        )

    def expected(self, stage: Stage) -> tuple[str, ...]:
        """Names of the own alarms that must have data before a stage is passed."""
        return self._watching("live" if stage.act == "promote" else "candidate")

    def _watching(self, phase: PhaseName) -> tuple[str, ...]:
        return checks.names(self.endpoint, self.policy.judge, phase)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Every alarm that stops this release."""
        return (*self.own_alarms, *self.policy.alarms)

    @property
    def final(self) -> Content:
        """The endpoint when the release is promoted."""
        weights = {self.live_variant: WHOLE}
        return Content(config=self.blueprint.final_name, weights=weights, package=self.package)

    def target(self, stage: Stage) -> Content:
        """The endpoint after a stage."""
        if stage.act == "promote":
            return self.final
        return self.shared(stage.percent)

    def shared(self, percent: float) -> Content:
        """The staging configuration with the candidate at `percent` of the requests.

        Raises:
            Refused: this plan has no canary.
        """
        if self.blueprint.staging_name is None:
            raise Refused(f"release {self.release} has no canary")
        weights = split(self.live_variant, CANDIDATE, percent)
        return Content(config=self.blueprint.staging_name, weights=weights)

    def knows(self, content: Content) -> bool:
        """Whether a content is this release's doing, or that of another release of ours."""
        if len(content.weights) > 1:
            return naming.is_staging(self.endpoint, content.config)
        return content.same(self.final)

    def before(self, position: int, start: Content | None) -> Content | None:
        """The endpoint as the stage at `position` finds it; `start` is what the release found."""
        return start if position == 0 else self.target(self.stages[position - 1])


def draw_plan(policy: Policy, package: Package, release: str, live: LiveSetup | None) -> Plan:
    """Plan a release onto `live`, or the first one when nothing is there.

    Raises:
        Refused: something the policy or the endpoint makes impossible, in one sentence.
    """
    if live:
        _check_live(policy, live)
    shares = _shares(policy) if live else ()
    floor = _floor(policy, live)
    candidates = _candidates(policy, floor, shares) if shares else 0
    stages = tuple(_stages(policy, shares, first=live is None))
    plan = Plan(
        release=release,
        package=package.arn,
        policy=policy,
        blueprint=drawing.draw(policy, package, release, live, candidates or None),
        stages=stages,
        live_variant=drawing.variant_name(policy, live),
        floor=floor,
        candidate_instances=candidates,
        peak_instances=2 * floor + candidates if live else floor,
        history_events=_history_events(policy, stages),
        least_minutes=sum(s.rules.minutes for s in stages),
        first=live is None,
        image_digest=next((c.image_digest for c in package.containers if c.image_digest), None),
        notes=tuple(_notes(policy, live)),
    )
    if _longest_minutes(policy, stages) > LONGEST_MINUTES:
        raise Refused("the release may take more than 59 days; use fewer or shorter steps")
    if plan.history_events > HISTORY_LIMIT:
        raise Refused(
            f"the release may need {plan.history_events} history events, more than {HISTORY_LIMIT};"
            " use fewer or shorter steps, or a shorter deadline"
        )
    return plan


def _check_live(policy: Policy, live: LiveSetup) -> None:
    variants = live.config["ProductionVariants"]
    if len(variants) != 1 or live.config.get("ShadowProductionVariants"):
        raise Refused(f"endpoint {policy.endpoint} has more than one variant")
    variant = variants[0]
    if "InstanceType" not in variant:
        raise Refused(f"endpoint {policy.endpoint} is not a real-time endpoint with instances")
    if variant["VariantName"] == CANDIDATE:
        raise Refused(f"the serving variant of {policy.endpoint} must not be named {CANDIDATE}")
    named = policy.serving.variant_name
    if named and named != variant["VariantName"]:
        raise Refused(
            f"serving.variant_name is {named}, but {policy.endpoint} serves "
            f"{variant['VariantName']}: alarms and scaling are bound to that name"
        )
    wanted = policy.serving.instance_type
    if live.scaled and wanted and wanted != variant["InstanceType"]:
        raise Refused("instance_type cannot change while a scalable target is registered")


def _shares(policy: Policy) -> tuple[float, ...]:
    """The candidate's share at each step, percent; none for a release without a canary."""
    steps = policy.rollout.steps
    if (lacking := policy.unsupported()) or isinstance(steps, str):
        raise Refused(lacking or "adaptive steps are not available in this version")
    return tuple(float(step) for step in steps)


def _floor(policy: Policy, live: LiveSetup | None) -> int:
    """F: live's instances at the claim; for a first release those of the policy."""
    if live is None:
        return policy.serving.instance_count or 1
    return max(1, max(live.counts.values(), default=1))


def _candidates(policy: Policy, floor: int, shares: tuple[float, ...]) -> int:
    given = policy.serving.candidate_instance_count
    return given or max(1, math.ceil(floor * max(shares) / 100 * OVERLOAD))


def _stages(policy: Policy, shares: tuple[float, ...], *, first: bool) -> Iterator[Stage]:
    rollout, warm_up = policy.rollout, policy.judge.warm_up_minutes
    if shares:
        yield Stage(
            act="stage",
            step=STAGE,
            percent=0,
            rules=_rules(policy, warm_up, quiet=warm_up, requests=False),
            says="stage the candidate without traffic and let both fleets warm up",
        )
    opened = [(percent, rollout.step_minutes) for percent in shares]
    if shares and rollout.hold_minutes:
        opened.append((shares[-1], rollout.hold_minutes))
    for k, (percent, minutes) in enumerate(opened):
        yield Stage(
            act="shift",
            step=SHIFT + k,
            percent=percent,
            rules=_rules(policy, minutes),
            says=f"{percent:g} % of the requests for {minutes} minutes",
        )
    yield Stage(
        act="promote",
        step=PROMOTE,
        percent=100,
        rules=_rules(policy, rollout.watch_minutes, quiet=warm_up, requests=not first),
        says="create the endpoint" if first else "all requests, with the canary gone",
    )


def _rules(policy: Policy, minutes: int, *, quiet: int = 0, requests: bool = True) -> Rules:
    """How a stage is judged. A share that needs no requests has none to be judged by."""
    judge = policy.judge
    return Rules(
        minutes=max(minutes, quiet),
        quiet_minutes=quiet,
        min_requests=judge.min_requests if requests else 0,
        deadline_minutes=judge.deadline_minutes,
        wait_hours=judge.wait_hours,
        on_inconclusive=judge.on_inconclusive,
    )


def _history_events(policy: Policy, stages: tuple[Stage, ...]) -> int:
    """The most events a plan can cost: every step doubtful to its deadline, one long wait."""
    waiting = _looks(policy.judge.deadline_minutes + 60 * policy.judge.wait_hours)
    doubts = (
        max(s.rules.minutes, s.rules.deadline_minutes) for s in stages if s.rules.min_requests
    )
    looks = sum(_looks(minutes) for minutes in doubts) + waiting
    polls = 2 * 2 * policy.rollout.update_minutes
    return looks * EVENTS_PER_LOOK + polls * EVENTS_PER_POLL + EVENTS_TO_ROLL_BACK


def _longest_minutes(policy: Policy, stages: tuple[Stage, ...]) -> int:
    watched = sum(max(s.rules.minutes, s.rules.deadline_minutes) for s in stages)
    return watched + 60 * policy.judge.wait_hours + len(stages) * policy.rollout.update_minutes


def _looks(minutes: int) -> int:
    """How many looks a watch of so many minutes takes."""
    looks, at = 0, 0
    while at < minutes * 60_000:
        at += look_seconds(0, at) * 1000
        looks += 1
    return looks


def _notes(policy: Policy, live: LiveSetup | None) -> Iterator[str]:
    if policy.judge.latency_objective_ms is None:
        yield "latency is not judged: the policy has no judge.latency_objective_ms"
    if live is None:
        yield "the first release creates the endpoint: there is nothing to go back to"
    if live and live.cloudformation_stack:
        yield f"two owners: the CloudFormation stack {live.cloudformation_stack} has the endpoint"
