"""Golden texts: every review does and says what its text says, word by word."""

import pytest

from tests.stories.review_stories import FOLDER, REVIEWS, path, tell


@pytest.mark.parametrize("name", REVIEWS)
def test_what_happens_is_what_the_text_says(name: str) -> None:
    """If the change is meant, `make stories` writes the text again: read the difference."""
    assert tell(name) == path(name).read_text(encoding="utf-8")


def test_no_text_is_without_a_review() -> None:
    assert set(FOLDER.iterdir()) == {path(name) for name in REVIEWS}
