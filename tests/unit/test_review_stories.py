"""Every review does and says what its story tells, word by word."""

import pytest

from tests.unit.review_stories import FOLDER, REVIEWS, path, tell


@pytest.mark.parametrize("name", REVIEWS)
def test_it_is_told_as_it_always_was(name: str) -> None:
    """Meant otherwise now? `make stories` writes it anew; read the difference line by line."""
    assert tell(name) == path(name).read_text(encoding="utf-8")


def test_no_story_is_without_a_review() -> None:
    assert set(FOLDER.iterdir()) == {path(name) for name in REVIEWS}
