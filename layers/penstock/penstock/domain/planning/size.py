"""Whether the document of an execution fits what carries it from state to state."""

from penstock.domain.errors import Refused
from penstock.domain.execution.run import Run

CARRIED = 262_144
"""Bytes that Step Functions carries from one state to the next (facts 5)."""
GROWS = 65_536
"""What the comparison of candidate and live adds meanwhile, at most, with room to spare.

The ledger's record of the release has the plan once and reports of 50 KB: below DynamoDB's 400 KB.
"""


def check_size(run: Run) -> None:
    """Counted in bytes of UTF-8, as the runtime writes it.

    Raises:
        Refused: the document would not be carried to the end of the release.
    """
    size = len(run.model_dump_json(by_alias=True).encode())
    if size > CARRIED - GROWS:
        raise Refused(
            f"the release's document would have {size} bytes, but at most {CARRIED - GROWS} can be "
            "carried; shorten the container's environment, the tags or the policy"
        )
