"""The question to a source of evidence, as the policy defines it."""

from penstock.domain.kinds.question import Compared, Question
from penstock.domain.kinds.series import Fleet, Published, Tally, labelled
from penstock.domain.kinds.table import released
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.policy.judge import JudgeSection
from penstock.domain.policy.policy import Policy
from penstock.domain.policy.signals import CustomSignal, Signal, name_of


def question(policy: Policy, config: str, live: str, first: int, end: int) -> Question:
    """The question about the minutes [first, end) of `live` and the candidate while `config`
    serves.
    """
    endpoint, judge = policy.endpoint, policy.judge
    published = released(policy.serving.kind).published
    signals = compared(judge, Fleet(endpoint, config, live), published)
    return Question(endpoint, config, live, CANDIDATE, signals, first, end)


def compared(judge: JudgeSection, live: Fleet, published: Published) -> dict[str, Compared]:
    """How each signal of the policy is counted, for live and for the candidate."""

    def of(signal: Signal, fleet: Fleet) -> Tally:
        if isinstance(signal, CustomSignal):
            where = fleet.named_in(signal.dimensions)
            return labelled(signal.namespace, signal.metric, where)
        return published.tally(signal, fleet, judge.latency_objective_ms)

    candidate = live._replace(variant=CANDIDATE)
    return {name_of(s): Compared(of(s, live), of(s, candidate)) for s in judge.signals}
