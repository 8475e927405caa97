"""Short histories that together need every permission of the template."""

from tests.end_to_end.scene import Scene
from tests.end_to_end.scenes_of_releases import OF_RELEASES
from tests.end_to_end.scenes_of_trouble import OF_TROUBLE, nonsense

SCENES: tuple[Scene, ...] = (nonsense, *OF_RELEASES, *OF_TROUBLE)
"""A scene that alone uses a grant comes early: those before it are played to find it."""
