"""Every action of every role, taken away in turn: `make permissions`."""

import pytest

from tests.end_to_end.grants import Grant, granted
from tests.end_to_end.lacking import is_needed, theatre
from tests.end_to_end.rehearsal import Theatre
from tests.end_to_end.scene import Scene
from tests.end_to_end.scenes import SCENES

__all__ = ["theatre"]


@pytest.mark.parametrize("grant", granted(), ids=str)
def test_a_scene_ends_otherwise_without_the_permission(theatre: Theatre, grant: Grant) -> None:
    assert is_needed(theatre, grant)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_scene_that_lacks_nothing_ends_the_same_again(theatre: Theatre, scene: Scene) -> None:
    assert theatre.play(scene).differs_from(theatre.rehearsed(scene)) == {}
