"""What every test about a single permission shares: the stage, and the claim."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.grants import Grant
from tests.end_to_end.rehearsal import Theatre
from tests.end_to_end.stage import deployed


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    """A twin whose roles lose permissions one by one."""
    with deployed() as twin:
        yield Theatre(twin)


def is_needed(theatre: Theatre, grant: Grant) -> bool:
    """Whether some scene that uses the grant is denied it, and ends otherwise than it should."""
    for scene in theatre.using(grant):
        lacking = theatre.play(scene, grant)
        if lacking.denials and lacking.differs_from(theatre.rehearsed(scene)):
            return True
    return False
