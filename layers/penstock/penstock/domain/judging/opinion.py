"""What else than alarms and the comparison with live decides about a watched share."""

from typing import Literal, NamedTuple

Stance = Literal["refuses", "waits", "doubts", "agrees", "ends"]
"""refuses: roll back; waits: hold on, however long, because it sets its own deadline; doubts: too
little was seen, so `on_inconclusive` decides after the stage's deadline; agrees: nothing is against
going forward; ends: live is kept by plan, and the release is observed.
"""


class Opinion(NamedTuple):
    """What one source says at a look.

    `reason` is a sentence without its full stop. `against`: a refusal is about the package itself,
    so it is quarantined. `at_once`: what ends needs no calm share for it, because it promotes
    nothing.
    """

    stance: Stance
    reason: str
    against: bool = False
    at_once: bool = False


def first(opinions: tuple[Opinion, ...], stance: Stance) -> Opinion | None:
    """The first opinion with this stance; None if there is none."""
    return next((opinion for opinion in opinions if opinion.stance == stance), None)
