"""The policy: one JSON document per model package group, which people edit."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError, model_validator

from penstock.domain.errors import Refused
from penstock.domain.kinds.table import KINDS, impossible, lacking
from penstock.domain.ledger.naming import REHEARSAL
from penstock.domain.ledger.place import Place
from penstock.domain.policy.approval import ApprovalSection
from penstock.domain.policy.complaints import complaints
from penstock.domain.policy.gates import GateSection, gates_problem
from penstock.domain.policy.golden import GoldenSection
from penstock.domain.policy.json_text import laid_over, strict_json
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.lifecycle import LifecycleSection
from penstock.domain.policy.rollout import OPTIONAL, RolloutSection
from penstock.domain.policy.section import Section, by_default
from penstock.domain.policy.serving import AwsName, ServingSection
from penstock.domain.policy.signals import CustomSignal
from penstock.domain.strategies.strategy import Strategy
from penstock.domain.strategies.table import STRATEGIES, too_few_instances

AlarmName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
AUTO_SCALING_ALARMS = "TargetTracking-"


class Policy(Section):
    """The policy of a model package group: what its releases have to pass, and how they proceed."""

    endpoint: AwsName = Field(description="Name of the endpoint. One group feeds one endpoint.")
    approval: ApprovalSection = Field(description="How a registered package is approved.")
    serving: ServingSection = Field(
        default_factory=ServingSection,
        json_schema_extra=by_default(ServingSection),
        description="How the model is served. A key that is left out keeps the present setup.",
    )
    rollout: RolloutSection = Field(
        default_factory=RolloutSection,
        json_schema_extra=by_default(RolloutSection),
        description="How the traffic moves to the new package.",
    )
    judge: JudgeSection = Field(
        default_factory=JudgeSection,
        json_schema_extra=by_default(JudgeSection),
        description="What counts as harm, and what counts as enough evidence.",
    )
    golden: GoldenSection | None = Field(
        default=None,
        description="Recorded requests that the candidate has to answer before it serves anybody.",
    )
    gates: tuple[GateSection, ...] = Field(
        default=(), description="Where a release waits until people approve of it."
    )
    lifecycle: LifecycleSection | None = Field(
        default=None,
        description="Stages that the registry shows of a package. Absent: they are left alone.",
    )
    alarms: tuple[AlarmName, ...] = Field(
        default=(),
        max_length=50,
        description="Names of existing CloudWatch alarms that also stop a release.",
    )

    @model_validator(mode="after")
    def _is_possible(self) -> "Policy":
        for problem in self._problems():
            if problem:
                raise ValueError(problem)
        return self

    @property
    def place(self) -> Place:
        """What its group's releases are about."""
        return Place("endpoint", self.endpoint)

    def _problems(self) -> Iterator[str | None]:
        kind, strategy = KINDS[self.serving.kind], STRATEGIES[self.rollout.strategy]
        shadow_stage, holdback = self.rollout.shadow_minutes > 0, self.rollout.holdback_percent > 0
        yield impossible(
            kind,
            strategy.name,
            shadow_stage=shadow_stage,
            holdback=holdback,
            rehearsal=self.rollout.rehearse,
        )
        yield self._rehearsal_problem()
        yield too_few_instances(strategy, self.serving.instance_count)
        yield self._watch_problem()
        yield self._shadow_problem()
        yield self._agreement_problem()
        yield self._alarm_problem()
        yield gates_problem(self.gates)
        yield self._signal_problem(strategy)

    def _rehearsal_problem(self) -> str | None:
        if not self.rollout.rehearse:
            return None
        if self.golden is None:
            return "rollout.rehearse needs `golden`, the requests that a rehearsal asks"
        if REHEARSAL in self.endpoint.lower():
            return (
                f"rollout.rehearse is not possible for an endpoint whose name contains {REHEARSAL},"
                " because so do the names of the endpoints that a rehearsal creates and deletes"
            )
        return None

    def _watch_problem(self) -> str | None:
        if self.rollout.watch_minutes > self.judge.warm_up_minutes:
            return None
        return (
            f"rollout.watch_minutes ({self.rollout.watch_minutes}) must be more than "
            f"judge.warm_up_minutes ({self.judge.warm_up_minutes}) because nothing is judged "
            "during the warm-up"
        )

    def _shadow_problem(self) -> str | None:
        minutes, quiet = self.rollout.shadow_minutes, self.judge.warm_up_minutes
        if not minutes or minutes > quiet:
            return None
        return (
            f"rollout.shadow_minutes ({minutes}) must be more than judge.warm_up_minutes ({quiet}) "
            "because nothing is judged during the warm-up"
        )

    def _agreement_problem(self) -> str | None:
        capture = self.serving.data_capture
        if self.judge.agreement is None:
            return None
        if not self.rollout.shadow_minutes:
            return "judge.agreement has no effect without rollout.shadow_minutes"
        if capture is None or "output" not in capture.capture or not capture.percent:
            return (
                "judge.agreement needs captured answers: set serving.data_capture, with output in "
                "its capture and a percent above 0"
            )
        return None

    def _signal_problem(self, strategy: Strategy) -> str | None:
        """The fleets of a deployment have one variant name, so only configurations differ."""
        if not (strategy.deploys and self.rollout.compares):
            return None
        custom = [each for each in self.judge.signals if isinstance(each, CustomSignal)]
        mixed = [each.name for each in custom if not each.tells_configs_apart]
        if not mixed:
            return None
        return (
            f"judge.signals: {mixed[0]} needs a dimension with {{config}}: with the strategy "
            f"{strategy.name} old and new fleet have the same variant name and would share one "
            "time series"
        )

    def _alarm_problem(self) -> str | None:
        if len(set(self.alarms)) != len(self.alarms):
            return "alarms: a name appears twice"
        scaling = [name for name in self.alarms if name.startswith(AUTO_SCALING_ALARMS)]
        if scaling:
            return (
                f"alarms: {scaling[0]} belongs to auto-scaling, which fires it in normal operation"
            )
        return None

    def unsupported(self) -> str | None:
        """Why this version cannot release it yet, as a sentence. None if it can."""
        kind = KINDS[self.serving.kind]
        if kind.releases is None:
            return lacking(kind)
        if self.golden and not kind.golden:
            return f"this version does not ask golden requests of {kind.called} yet (golden)"
        return None


def parse_policy(text: str, version: str) -> Policy:
    """The policy in this text; `version` (of the SSM parameter) only names it in refusals.

    Raises:
        Refused: empty, not JSON, NaN or Infinity, a repeated or unknown key, a wrong type or
            range, or a combination that SageMaker does not allow; the sentence says which.
    """
    name = f"policy version {version}"
    if not text.strip():
        raise Refused(f"{name} is empty")
    try:
        strict_json(text)
    except ValueError as error:
        raise Refused(f"{name} is not a JSON document: {error}") from error
    return _validated(text, name)


def merge_policy(stored: Policy, override: Mapping[str, object]) -> Policy:
    """The stored policy with one execution's override laid over it, key by key.

    Lists are replaced. Keys that only the stored strategy reads go when the override names
    another strategy; defaults are those of the strategy that results.

    Raises:
        Refused: the override changes `endpoint`, or the result is not a valid policy.
    """
    if override.get("endpoint", stored.endpoint) != stored.endpoint:
        raise Refused(f"an execution may not change the policy's endpoint ({stored.endpoint})")
    written = stored.model_dump(exclude_unset=True)
    merged = laid_over(_without_other_strategy(written, override), override)
    try:
        text = json.dumps(merged, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused(f"the policy of this execution is not a JSON document: {error}") from error
    return _validated(text, "the policy of this execution")


def _validated(text: str, name: str) -> Policy:
    try:
        return Policy.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise Refused(f"{name} is not valid: {complaints(error, Policy)}") from error


def _without_other_strategy(
    written: Mapping[str, object], override: Mapping[str, object]
) -> Mapping[str, object]:
    rollout, change = written.get("rollout"), override.get("rollout")
    if not isinstance(rollout, Mapping) or not isinstance(change, Mapping):
        return written
    if (strategy := change.get("strategy")) is None:
        return written
    reads = known.reads if (known := STRATEGIES.get(str(strategy))) else ()
    kept = {k: v for k, v in rollout.items() if k not in OPTIONAL or k in reads}
    return {**written, "rollout": kept}
