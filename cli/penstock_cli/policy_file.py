"""Files that the command is given: a policy, whole or in part."""

import json
import sys
from pathlib import Path

from penstock.domain.errors import Refused
from penstock.domain.policy.json_text import laid_over, strict_json
from penstock.domain.policy.policy import Policy, parse_policy

ANYBODYS: dict[str, object] = {"endpoint": "any", "approval": {"mode": "manual"}}
"""What judging does not need."""


def text_of(path: str) -> str:
    """What a file, or standard input for `-`, has to say.

    Raises:
        Refused: It cannot be read.
    """
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}") from error


def policy_in(path: str) -> Policy:
    """The policy in a file, which may lack what judging does not need.

    Raises:
        Refused: It cannot be read, or it is no policy.
    """
    return parse_policy(json.dumps(laid_over(ANYBODYS, document_in(path))), path)


def document_in(path: str) -> dict[str, object]:
    """The JSON object in a file.

    Raises:
        Refused: It cannot be read, or it is none.
    """
    text = text_of(path)
    try:
        document = strict_json(text)
    except ValueError as error:
        raise Refused(f"{path} is not a JSON document: {error}") from error
    if not isinstance(document, dict):
        raise Refused(f"{path} is not a policy: it is not an object")
    return document
