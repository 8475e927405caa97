"""What is wrong with a file, and where."""


class Malformed(Exception):
    """A file cannot be used; says the line, the field as a path, and why."""

    def __init__(self, line: int, field: str, why: str) -> None:
        super().__init__(f"line {line}: {field}: {why}" if field else f"line {line}: {why}")
