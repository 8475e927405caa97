"""Short histories that together need every permission of the template."""

from tests.end_to_end.scene import Scene
from tests.end_to_end.scenes_of_releases import OF_RELEASES
from tests.end_to_end.scenes_of_trouble import OF_TROUBLE

SCENES: tuple[Scene, ...] = (*OF_RELEASES, *OF_TROUBLE)
