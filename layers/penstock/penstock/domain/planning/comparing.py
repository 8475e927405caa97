"""The question to a source of evidence, as the policy defines it."""

from collections.abc import Iterable, Iterator, Mapping

from penstock.domain.judging import parts
from penstock.domain.judging.quantiles import SIGNAL as QUANTILES_SIGNAL
from penstock.domain.judging.quantiles import TOLERATED
from penstock.domain.kinds.question import Compared, Question
from penstock.domain.kinds.series import Fleet, Published, Tally, labelled
from penstock.domain.kinds.table import released
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.planning.stage import Sides
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.policy import Policy
from penstock.domain.policy.signals import CustomSignal, Signal, name_of

Values = Mapping[str, float]
"""Live's quantiles in ms by the names of their metrics, as the plan has them."""
NO_VALUES: Values = {}


def question(
    policy: Policy,
    values_ms: Values,
    config: str,
    sides: Sides,
    first: int,
    end: int,
) -> Question:
    """The question about the minutes [first, end) of both sides while `config` serves."""
    endpoint, judge = policy.endpoint, policy.judge
    published = released(policy.serving.kind).published
    live = Fleet(endpoint, sides.live_config or config, sides.live)
    candidate = Fleet(endpoint, config, sides.candidate)
    signals = compared(judge, live, published, values_ms, candidate)
    return Question(
        endpoint, config, sides.live, sides.candidate, signals, first, end, sides.live_config
    )


def by_quantiles(policy: Policy) -> bool:
    """Whether a candidate is compared with live's quantiles: some share is, and they are asked."""
    return policy.rollout.compares and QUANTILES_SIGNAL in policy.judge.signal_names


def metrics(judge: JudgeSection, values_ms: Values = NO_VALUES) -> tuple[str, ...]:
    """What is compared: each signal of the policy with its strata, or its known quantiles."""

    def of(signal: Signal) -> Iterable[str]:
        if signal == QUANTILES_SIGNAL:
            return values_ms
        return (name_of(signal), *_strata(signal).values())

    return tuple(name for signal in judge.signals for name in of(signal))


def compared(
    judge: JudgeSection,
    live: Fleet,
    published: Published,
    values_ms: Values = NO_VALUES,
    candidate: Fleet | None = None,
) -> dict[str, Compared]:
    """How each signal of the policy and its parts are counted, for live and for the candidate.

    `values_ms` are live's quantiles by the names of their metrics. `candidate`: its fleet; None:
    the variant of that name beside live.
    """

    def of(fleet: Fleet, values_ms: Values) -> dict[str, Tally]:
        return {
            name: tally
            for signal in judge.signals
            for name, tally in _tallies(signal, judge, fleet, published, values_ms)
        }

    tolerated = {name: TOLERATED * value for name, value in values_ms.items()}
    beside = candidate or live._replace(variant=CANDIDATE)
    here, there = of(live, values_ms), of(beside, tolerated)
    return {name: Compared(here[name], there[name]) for name in here}


def compared_instance(
    judge: JudgeSection,
    live: Fleet,
    published: Published,
    values_ms: Values,
    instance: str,
) -> dict[str, Compared]:
    """How each metric that SageMaker publishes of one of live's instances is counted."""
    narrowed = published.of_instance(instance)
    return {
        name: Compared(tally, tally)
        for signal in judge.signals
        if not isinstance(signal, CustomSignal)
        for name, tally in _tallies(signal, judge, live, narrowed, values_ms)
    }


def _tallies(
    signal: Signal, judge: JudgeSection, fleet: Fleet, published: Published, values_ms: Values
) -> Iterator[tuple[str, Tally]]:
    if isinstance(signal, CustomSignal):
        yield from _custom(signal, fleet)
    elif signal == QUANTILES_SIGNAL:
        for name, value in values_ms.items():
            yield name, published.tally("latency", fleet, value)
    else:
        yield signal, published.tally(signal, fleet, judge.latency_objective_ms)


def _custom(signal: CustomSignal, fleet: Fleet) -> Iterator[tuple[str, Tally]]:
    """The signal as a whole, then each of its strata."""
    where, source = fleet.named_in(signal.dimensions), (signal.namespace, signal.metric)
    apart = {name: (*where, dimension) for dimension, name in _strata(signal).items()}
    yield signal.name, labelled(*source, *(apart.values() or [where]))
    for name, narrowed in apart.items():
        yield name, labelled(*source, narrowed)


def _strata(signal: Signal) -> dict[tuple[str, str], str]:
    """The names of a signal's strata, by the dimension that makes each."""
    if not isinstance(signal, CustomSignal) or signal.by is None:
        return {}
    by, name = signal.by, signal.name
    return {(by, value): parts.stratum(name, by, value) for value in signal.values}
