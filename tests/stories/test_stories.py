"""Golden texts: what happens in every scene is what its text says, word by word."""

import pytest

from tests.stories.storybook import FOLDER, STORIES, path, tell


@pytest.mark.parametrize("name", STORIES)
def test_what_happens_is_what_the_text_says(name: str) -> None:
    """If the change is meant, `make stories` writes the text again: read the difference."""
    assert tell(name) == path(name).read_text(encoding="utf-8")


def test_no_text_is_without_a_scene() -> None:
    assert set(FOLDER.iterdir()) == {path(name) for name in STORIES}
