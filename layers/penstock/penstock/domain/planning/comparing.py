"""What candidate and live are compared by, as the policy says: the question to be answered."""

from penstock.domain.kinds.question import Compared, Question
from penstock.domain.kinds.realtime_series import PUBLISHED
from penstock.domain.kinds.series import Fleet, Published, Tally, labelled
from penstock.domain.kinds.table import released
from penstock.domain.ledger.content import CANDIDATE
from penstock.domain.policy.judge import Judge
from penstock.domain.policy.policy import Policy
from penstock.domain.policy.signals import CustomSignal, Signal, name_of


def question(policy: Policy, config: str, live: str, first: int, end: int) -> Question:
    """Of the minutes [first, end) of `live` and the candidate while `config` serves."""
    endpoint, judge = policy.endpoint, policy.judge
    published = released(policy.serving.kind).published
    signals = compared(judge, Fleet(endpoint, config, live), published)
    return Question(endpoint, config, live, CANDIDATE, signals, first, end)


def compared(judge: Judge, live: Fleet, published: Published = PUBLISHED) -> dict[str, Compared]:
    """How each signal of the policy is counted, of live and of the candidate beside it."""

    def of(signal: Signal, fleet: Fleet) -> Tally:
        if isinstance(signal, CustomSignal):
            where = fleet.named_in(signal.dimensions)
            return labelled(signal.namespace, signal.metric, where)
        return published.tally(signal, fleet, judge.latency_objective_ms)

    candidate = live._replace(variant=CANDIDATE)
    return {name_of(s): Compared(of(s, live), of(s, candidate)) for s in judge.signals}
