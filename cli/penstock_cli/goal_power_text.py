"""The answer of `penstock power --goal`, for people and for programs."""

import json

from penstock_cli.goal_power import EXPERIMENTS, Days, GoalCourse, GoalPower, GoalQuestion


def goal_power_json(answer: GoalPower) -> str:
    """Everything, as one document; days are null where it takes longer than is played."""
    document = {
        "question": {**answer.question._asdict(), "aim": answer.question.aim._asdict()},
        "better": _document(answer.better),
        "alike": _document(answer.alike),
        "warning": answer.warning,
    }
    return json.dumps(document, indent=2) + "\n"


def goal_power_text(answer: GoalPower) -> str:
    """A page to read."""
    asked, aim = answer.question, answer.question.aim
    within = f"within {asked.max_days} days"
    wrong = answer.alike.endings["better"] + answer.alike.endings["worse"]
    lines = [
        f"{asked.requests_per_minute:,.5g} requests a minute, {100 * asked.share:g} % of them for "
        f"the candidate; live's {asked.name}: {asked.mean:g}{_spread(asked)}; "
        f"least effect {aim.least_effect:g}, confidence {_percent(aim.confidence)}",
        "",
        f"A candidate that is better by the least effect ({asked.better:g}):",
        f"  found                    {_percent(answer.better.endings['better'])} {within}",
        f"  after                    {_days(answer.better.days)}",
        "",
        "A candidate that does not differ:",
        f"  no relevant difference   {_percent(answer.alike.endings['no_relevant_difference'])} "
        f"{within}",
        f"  after                    {_days(answer.alike.days)}",
        f"  better or worse wrongly  {_percent(wrong)} (promised: at most "
        f"{_percent(1 - aim.confidence)})",
        "",
        f"WARNING: {answer.warning}" if answer.warning else f"{asked.max_days} days suffice.",
        "",
        f"Simulated: {EXPERIMENTS} experiments of each kind, seed {asked.seed}. Days count from "
        f"when the share is reached, and include the {asked.delay_minutes} minutes until a "
        "minute's outcomes are read.",
    ]
    return "\n".join(lines) + "\n"


def _spread(asked: GoalQuestion) -> str:
    low, high = asked.aim.bounds
    if asked.spread is not None:
        return f" (standard deviation {asked.spread:g}, from {low:g} to {high:g})"
    return (
        "" if (low, high) == (0, 1) else f" (from {low:g} to {high:g}, spread as far as possible)"
    )


def _days(days: Days) -> str:
    return f"{_figure(days.median)} (median), {_figure(days.likely)} (80 %)"


def _figure(days: float | None) -> str:
    return "not found" if days is None else f"{days:.2g} days"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _document(course: GoalCourse) -> dict[str, object]:
    return {"endings": dict(course.endings), "days": course.days._asdict()}
