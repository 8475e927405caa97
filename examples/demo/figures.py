"""Computes the figures of the report from a recording. Pure functions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from examples.demo.recording import Instant, Recording, Request, Sample
from examples.demo.report import Answered, Band, Minute, Restored, Span, Step, Told

MINUTE = 60.0


def answered(requests: Sequence[Request]) -> list[Answered]:
    """Count the requests that each model served and failed behind each variant."""
    served = Counter((r.variant, r.model) for r in requests if not r.failed)
    failed = Counter((r.variant, r.model) for r in requests if r.failed)
    return [
        Answered(variant=variant, model=model, served=served[key], failed=failed[key])
        for key in dict.fromkeys((r.variant, r.model) for r in requests)
        for variant, model in [key]
    ]


def restored(recording: Recording) -> Restored | None:
    """Measure the time from the first bad request until its model gets no traffic.

    Return None if no request failed, or if the model still gets traffic when the recording ends.
    """
    bad = next((r for r in recording.requests if r.failed), None)
    if bad is None:
        return None
    back = next((s for s in recording.samples if s.at > bad.at and _clear(s, bad.model)), None)
    if back is None:
        return None
    return Restored(
        simulated_seconds=round(back.at.simulated - bad.at.simulated, 1),
        real_seconds=round(back.at.real - bad.at.real, 2),
        from_minute=_minute(recording, bad.at),
        bad_requests=sum(r.failed for r in recording.requests),
    )


def minutes(recording: Recording) -> list[Minute]:
    """Count requests by model and simulated minute of the scenario, without empty minutes."""
    served: Counter[tuple[int, str]] = Counter()
    failed: Counter[tuple[int, str]] = Counter()
    for request in recording.requests:
        key = (int(_since(recording, request.at) // MINUTE), request.model)
        (failed if request.failed else served)[key] += 1
    return [
        Minute(minute=minute, model=model, served=served[key], failed=failed[key])
        for key in sorted(served.keys() | failed.keys())
        for minute, model in [key]
    ]


def steps(recording: Recording) -> list[Step]:
    """Return the traffic shares at the start, at each change and at the end."""
    samples = recording.samples
    changed = [
        after for before, after in pairwise(samples) if dict(before.shares) != dict(after.shares)
    ]
    kept = [*samples[:1], *changed, *samples[-1:]]
    return [Step(minute=_minute(recording, s.at), shares=dict(s.shares)) for s in kept]


def copied(recording: Recording) -> Band | None:
    """Return when a shadow got copies of the requests. None: there was no shadow."""
    spans = [
        Span(
            minute=_minute(recording, first.at),
            until=_minute(recording, last.at),
            role="candidate",
            label=f"{part:g} % to {model}",
            text=f"{model} gets copies of {part:g} % of the requests, and nobody gets its answers",
        )
        for first, last in _routes(recording.samples)
        for model, part in first.copies.items()
    ]
    return Band(title="copies of the requests", spans=spans) if spans else None


def told(recording: Recording) -> list[Told]:
    """Return the events, timed in minutes since the scenario began."""
    return [
        Told(minute=_minute(recording, m.at), title=m.title, text=m.text, bad=m.bad)
        for m in recording.moments
    ]


def _routes(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Sample]]:
    """Yield the first sample of each shadow, and the first one after it."""
    first: Sample | None = None
    for sample in samples:
        if first and dict(sample.copies) != dict(first.copies):
            yield first, sample
            first = None
        if first is None and sample.copies:
            first = sample
    if first:
        yield first, samples[-1]


def _clear(sample: Sample, model: str) -> bool:
    return sample.shares.get(model, 0.0) == 0.0


def _since(recording: Recording, at: Instant) -> float:
    return at.simulated - recording.began.simulated


def _minute(recording: Recording, at: Instant) -> float:
    return round(_since(recording, at) / MINUTE, 2)
