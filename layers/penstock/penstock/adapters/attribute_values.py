"""Values in DynamoDB's form. boto3's own version would import the rest of boto3."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import Any

_NUMBERS = Context(
    Emin=-128, Emax=126, prec=38, traps=[Clamped, Overflow, Inexact, Rounded, Underflow]
)
"""The numbers that DynamoDB stores exactly. Any other number raises."""


@dataclass(frozen=True)
class Binary:
    """Bytes of an item. Penstock writes none, and no model accepts them as a string."""

    value: bytes


def to_attribute(value: Any) -> dict[str, Any]:
    """A value of JSON's kinds, with exact numbers.

    Raises:
        TypeError: it is of another kind.
        decimal.DecimalException: DynamoDB cannot keep this number exactly.
    """
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(_NUMBERS.create_decimal(value))}
        case str():
            return {"S": value}
        case list():
            return {"L": [to_attribute(part) for part in value]}
        case dict():
            return {"M": {name: to_attribute(part) for name, part in value.items()}}
    raise TypeError(f"no attribute of an item is a {type(value).__name__}")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """The value of an attribute; of sets and bytes too, which somebody may have put there."""
    ((kind, value),) = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return _NUMBERS.create_decimal(value)
        case "B":
            return Binary(value)
        case "L":
            return [from_attribute(part) for part in value]
        case "M":
            return {name: from_attribute(part) for name, part in value.items()}
        case "SS" | "NS" | "BS":
            return {from_attribute({kind[0]: part}) for part in value}
    return value
