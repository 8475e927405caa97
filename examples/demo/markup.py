"""Builds HTML and SVG as trees, so that all text is escaped."""

from pathlib import Path
from xml.etree.ElementTree import Element, tostring

Child = Element | str
Attribute = str | int | float


def element(tag: str, *children: Child | None, **attributes: Attribute) -> Element:
    """Return an element without the children that are None.

    The attribute `class_` is written as class, and `stroke_width` as stroke-width.
    """
    made = Element(tag, {_name(key): _text(value) for key, value in attributes.items()})
    for child in children:
        _append(made, child)
    return made


def document(title: str, style: Path, *body: Child) -> str:
    """Return a whole HTML page that contains its style sheet."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", style.read_text()),
    )
    page = element("html", head, element("body", *body), lang="en")
    return "<!doctype html>\n" + tostring(page, encoding="unicode", method="html") + "\n"


def _append(parent: Element, child: Child | None) -> None:
    if isinstance(child, Element):
        parent.append(child)
    elif child and len(parent):
        parent[-1].tail = (parent[-1].tail or "") + child
    elif child:
        parent.text = (parent.text or "") + child


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _text(value: Attribute) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
