"""Makes AWS's texts fit for a reason that people read."""

LONGEST = 300
_PARENTHESES = str.maketrans("{}", "()")


def one_line(text: str, longest: int = LONGEST) -> str:
    """The text on one line, without braces, cut to `longest` characters.

    Services answer over several lines, some of them with documents. The log has the whole text.
    """
    line = " ".join(text.translate(_PARENTHESES).split())
    return line if len(line) <= longest else f"{line[: longest - 3].rstrip()}..."
