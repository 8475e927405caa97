"""Every scene is told as its story says, word by word: what people read, what is asked and kept."""

import pytest

from tests.unit.protocol.storybook import FOLDER, STORIES, path, tell


@pytest.mark.parametrize("name", STORIES)
def test_it_is_told_as_it_always_was(name: str) -> None:
    """Meant otherwise now? `make stories` writes it anew; read the difference line by line."""
    assert tell(name) == path(name).read_text(encoding="utf-8")


def test_no_story_is_without_a_scene() -> None:
    assert set(FOLDER.iterdir()) == {path(name) for name in STORIES}
