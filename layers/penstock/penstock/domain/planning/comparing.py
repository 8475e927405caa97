"""What candidate and live are compared by, as the policy says: the question to be answered."""

from penstock.domain.kinds import realtime_series
from penstock.domain.kinds.series import Compared, Question, Tally, labelled
from penstock.domain.planning.blueprint import CANDIDATE
from penstock.domain.policy.judge import Judge
from penstock.domain.policy.policy import Policy
from penstock.domain.policy.signals import CustomSignal, Signal, name_of, placed


def question(policy: Policy, config: str, live: str, first: int, end: int) -> Question:
    """Of the minutes [first, end) of `live` and the candidate while `config` serves."""
    endpoint, judge = policy.endpoint, policy.judge
    signals = compared(judge, endpoint, config, live)
    return Question(endpoint, config, live, CANDIDATE, signals, first, end)


def compared(judge: Judge, endpoint: str, config: str, live: str) -> dict[str, Compared]:
    """How each signal of the policy is counted, of live and of the candidate."""

    def of(signal: Signal, variant: str) -> Tally:
        if isinstance(signal, CustomSignal):
            where = placed(signal.dimensions, endpoint, config, variant)
            return labelled(signal.namespace, signal.metric, where)
        objective = judge.latency_objective_ms
        return realtime_series.tally(signal, objective, endpoint, config, variant)

    return {name_of(s): Compared(of(s, live), of(s, CANDIDATE)) for s in judge.signals}
