"""The parts of the page about a shadow's answers and about the goal of an A/B test."""

import math
from collections.abc import Iterable, Iterator, Sequence
from xml.etree.ElementTree import Element

from examples.demo.curves import Curve, Look, Mark, curve
from examples.demo.markup import element
from examples.demo.report import Agreement, Difference, Experiment, Pairs

LARGEST = math.log(1e6)  # evidence beyond is not told apart
LEAST = 0.004  # an axis of a share is not shorter
ROOM = 2.5  # times the value that decides, if nothing was found beyond
DECIDED = {
    "better": "The candidate is better",
    "worse": "The candidate is worse",
    "no_relevant_difference": "No relevant difference",
    "open": "Nothing is decided",
}


def agreement_part(agreement: Agreement, minutes: float) -> Iterator[Element]:
    """Yield how often the shadow answers as live does: in words, as a plot, and with examples."""
    allowed = round(1 - agreement.at_least, 12)
    yield element("h3", "Does the shadow answer as live does?")
    yield element("p", *_agreement_words(agreement, allowed))
    if agreement.course:
        yield element("figure", curve(_differing(agreement.course, allowed), minutes))
        heads = ("minute", "pairs", "differing", "share", "at least", "at most")
        yield _folded("The looks in figures", heads, map(_agreement_row, agreement.course))
    if agreement.differences:
        columns = ("InferenceId", "live answered", "the shadow answered")
        table = _table(columns, map(_difference_row, agreement.differences), class_="answers")
        yield element("p", "Answers to the same request that differ:")
        yield element("div", table, class_="wide")


def experiment_part(experiment: Experiment, minutes: float) -> Iterator[Element]:
    """Yield what is known of the goal: in figures, and the effect with its interval as a plot."""
    yield element("h3", f"The goal: {experiment.goal}")
    yield element("p", element("strong", DECIDED[experiment.decision]), _effect_words(experiment))
    yield element("figure", curve(_effect(experiment), minutes))
    heads = ("variant", "mean", "outcomes")
    rows = [
        ("candidate", f"{experiment.candidate:.4g}", f"{experiment.candidate_outcomes:,.0f}"),
        ("live", f"{experiment.live:.4g}", f"{experiment.live_outcomes:,.0f}"),
    ]
    yield _table(heads, rows)
    yield _evidence(experiment)
    looks = [
        (f"{look.minute:.1f}", *map(_signed, (look.effect, look.low, look.high)))
        for look in experiment.course
    ]
    yield _folded("The looks in figures", ("minute", "effect", "at least", "at most"), looks)


def _agreement_words(agreement: Agreement, allowed: float) -> Iterator[Element | str]:
    pairs, differing = agreement.pairs, agreement.differing
    share = f" ({_percent(differing / pairs)})" if pairs else ""
    yield element("strong", f"{differing:,} of {pairs:,} pairs of answers differ{share}")
    yield (
        f". At most {_percent(allowed)} may, and {agreement.min_pairs:,} pairs have to be seen. "
        f"Of the captured answers {'; '.join(agreement.left_out) or 'all could be compared'}."
    )


def _effect_words(experiment: Experiment) -> str:
    last, least = experiment.course[-1], experiment.least_effect
    low, high = _signed(last.low), _signed(last.high)
    return (
        f": the effect is {_signed(last.effect)}, and {100 * experiment.confidence:g} % sure "
        f"between {low} and {high}. A difference of {least:g} matters."
    )


def _differing(course: Sequence[Pairs], allowed: float) -> Curve:
    looks = [Look(one.minute, one.least, one.differing / one.pairs, one.most) for one in course]
    highest = min(1.0, _rounded_up(ROOM * max(LEAST, allowed, *(look.value for look in looks))))
    return Curve(
        "share of the answers up to this minute that differ, with its bounds",
        looks,
        [Mark(allowed, f"above {_percent(allowed)} for sure: rolled back")],
        lowest=0,
        highest=highest,
        written=_percent,
        parts=_parts(highest),
    )


def _effect(experiment: Experiment) -> Curve:
    least = experiment.least_effect
    looks = [Look(one.minute, one.low, one.effect, one.high) for one in experiment.course]
    most = _rounded_up(max(ROOM * least, *(1.5 * abs(look.value) for look in looks)))
    return Curve(
        f"effect on {experiment.goal}, candidate minus live, with its "
        f"{100 * experiment.confidence:g} % interval",
        looks,
        [
            Mark(least, f"+{least:g} matters"),
            Mark(0, "no difference", calm=True),
            Mark(-least, f"-{least:g} matters"),
        ],
        lowest=-most,
        highest=most,
        written=_signed,
    )


def _evidence(experiment: Experiment) -> Element:
    better, worse = (_odds(log) for log in (experiment.log_better, experiment.log_worse))
    said = f"{better} for better, {worse} for worse; {_odds(experiment.decides_at)} decides"
    return element("p", element("strong", "Evidence: "), said)


def _odds(log: float) -> str:
    """Return evidence as odds. Its natural logarithm may be any number."""
    odds = math.exp(max(-LARGEST, min(log, LARGEST)))
    return f"{odds:,.0f}:1" if odds >= 1 else f"1:{1 / odds:,.0f}"


def _agreement_row(look: Pairs) -> tuple[str, ...]:
    shares = (look.differing / look.pairs, look.least, look.most)
    counted = (f"{look.minute:.1f}", f"{look.pairs:,}", f"{look.differing:,}")
    return (*counted, *map(_percent, shares))


def _difference_row(found: Difference) -> tuple[str, ...]:
    return (found.inference_id, found.live, found.candidate)


def _signed(value: float) -> str:
    return f"{value:+.3g}" if value else "0"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _rounded_up(value: float) -> float:
    """Round up to one significant digit, so that the marks of an axis are round."""
    unit = 10 ** math.floor(math.log10(value))
    return float(math.ceil(round(value / unit, 9)) * unit)


def _parts(highest: float) -> int:
    """Return into how many parts an axis from 0 to a number of one digit is divided."""
    digit = round(highest / 10 ** math.floor(math.log10(highest)))
    return 5 if digit in (1, 5) else digit if digit % 2 else 4


def _folded(words: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Element:
    table = element("div", _table(heads, rows), class_="wide")
    return element("details", element("summary", words), table)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], class_: str = "figures") -> Element:
    head = element("tr", *(element("th", name, scope="col") for name in heads))
    body = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    return element("table", element("thead", head), element("tbody", *body), class_=class_)
