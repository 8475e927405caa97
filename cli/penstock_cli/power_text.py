"""The answer of `penstock power`, for people and for programs."""

import json
from collections.abc import Sequence

from penstock.domain.judging.judge_settings import JudgeSettings
from penstock.domain.judging.walk import Leg
from penstock_cli.power import Cost, Power, PowerQuestion, Quantiles


def power_json(answer: Power, notes: Sequence[str] = ()) -> str:
    """Everything, as one document; minutes are null where it takes longer than the deadline.

    `notes` say what was filled into the policy, and why.
    """
    document = {
        "question": answer.question._asdict(),
        "regression": _document(answer.regression),
        "healthy": _document(answer.healthy),
        "warning": answer.warning,
        "notes": list(notes),
    }
    return json.dumps(document, indent=2) + "\n"


def power_text(
    answer: Power, settings: JudgeSettings, legs: Sequence[Leg], notes: Sequence[str] = ()
) -> str:
    """A page to read. `notes` say what was filled into the policy, and why."""
    asked = answer.question
    worse = f"{asked.effect:g} times worse ({_percent(asked.candidate)})"
    late = f" from minute {asked.begins} on" if asked.begins else ""
    lines = [
        f"{asked.requests_per_minute:,.5g} requests a minute; live's {asked.metric}: "
        f"{_percent(asked.baseline)}; {_pace(settings, legs)}",
        *notes,
        *_strata(asked),
        "",
        f"A candidate {worse}{asked.where}{late}:",
        *_lines(answer.regression, "rolled back", "roll_back"),
        f"  bad because of it        {answer.regression.extra_bad_requests:,.0f} on average",
        "",
        "A healthy candidate:",
        *_lines(answer.healthy, "promoted", "promote"),
        f"  rolled back wrongly      {_percent(answer.healthy.endings['roll_back'])} "
        f"(promised: at most {_percent(settings.false_rollbacks)})",
        "",
        f"WARNING: {answer.warning}" if answer.warning else "This traffic suffices.",
        "",
        f"Simulated: {answer.regression.releases} bad and {answer.healthy.releases} healthy "
        f"releases, seed {asked.seed}; shares are good to about "
        f"{_percent(_error(answer))}. Minutes count from the first request, with "
        f"{settings.warm_up} of warm-up, {settings.lag} until a minute is final, and "
        f"{settings.move} for every change of weights.",
    ]
    return "\n".join(lines) + "\n"


def _strata(asked: PowerQuestion) -> list[str]:
    """What is assumed of signals that have strata."""
    spread = [f"{len(names)} of {signal}" for signal, names in asked.strata.items()]
    return [f"Requests are spread evenly over the strata: {', '.join(spread)}"] if spread else []


def _lines(cost: Cost, wanted: str, ending: str) -> list[str]:
    shares = {str(action): _percent(share) for action, share in cost.endings.items()}
    return [
        f"  {wanted:<24} {shares[ending]}; without a verdict {shares['inconclusive']}",
        f"  after                    {_spread(cost.minutes, ' min')}",
        f"  requests at risk         {_spread(cost.requests)}",
        f"  bad requests among them  {_spread(cost.bad_requests)}",
    ]


def _spread(spread: Quantiles, unit: str = "") -> str:
    return f"{_figure(spread.median, unit)} (median), {_figure(spread.p95, unit)} (95 %)"


def _figure(figure: float | None, unit: str) -> str:
    return "longer than allowed" if figure is None else f"{figure:,.0f}{unit}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _pace(settings: JudgeSettings, legs: Sequence[Leg]) -> str:
    """How the shares grow; after a ramp there is at most a holdback."""
    first, *others = legs
    if not first.ramp:
        return f"steps {_percents(legs)}, at most {settings.deadline} minutes"
    held = [f"then {100 * leg.share:g} % for {leg.rules.minutes} minutes" for leg in others]
    return ", ".join([f"adaptive steps, at most {settings.deadline} minutes", *held])


def _percents(legs: Sequence[Leg]) -> str:
    """Each share once: the hold is the last step a second time."""
    return ", ".join(dict.fromkeys(f"{100 * leg.share:g}" for leg in legs)) + " %"


def _error(answer: Power) -> float:
    """Half a 95 % interval of a share near one half."""
    return float(0.98 / min(answer.regression.releases, answer.healthy.releases) ** 0.5)


def _document(cost: Cost) -> dict[str, object]:
    return {
        name: value._asdict() if isinstance(value, Quantiles) else value
        for name, value in cost._asdict().items()
    }
