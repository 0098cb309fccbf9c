"""Small XML documents from strangers as trees: read, compared whoever wrote them, written again.

For files that a program keeps its own data in, without namespaces of elements
and without mixed text. Comments and processing instructions are passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from xml.sax.saxutils import escape

from attrs import define, field

from audobon.formats.safexml import parse_xml

__all__ = ["Element", "canonical", "parse_tree", "written"]


@define(slots=True, eq=False)
class Element:
    """One element: what it says itself, and elements and texts inside it, in order."""

    name: str
    values: dict[str, str] = field(factory=dict)
    inner: list[Element | str] = field(factory=list)

    def elements(self, name: str = "") -> Iterator[Element]:
        """Those directly inside, of one name or all."""
        for one in self.inner:
            if isinstance(one, Element) and name in ("", one.name):
                yield one

    def within(self) -> Iterator[Element]:
        """This one and everything inside it."""
        yield self
        for one in self.elements():
            yield from one.within()


def parse_tree(pieces: Iterable[bytes]) -> Element:
    """The outermost element. Errors and limits of ``parse_xml``; ValueError for namespaces."""
    top = Element("")
    stack = [top]

    def start(name: str, values: dict[str, str]) -> None:
        if any(key.startswith("xmlns:") for key in values):
            raise ValueError("elements of other namespaces are inside")
        one = Element(name, values)
        stack[-1].inner.append(one)
        stack.append(one)

    def data(text: str) -> None:
        if len(stack) > 1:
            stack[-1].inner.append(text)

    def end(_name: str) -> None:
        stack.pop()

    parse_xml(pieces, start, end, data)
    return next(top.elements())


def canonical(one: Element, ignore: Collection[str] = ()) -> str:
    """Equal for elements that say the same: in any order of attributes, however indented.

    Attributes and elements of the names in ``ignore`` do not count.
    """
    return "".join(_parts(one, ignore))


def _parts(one: Element, ignore: Collection[str]) -> Iterator[str]:
    yield f"<{one.name}"
    for key in sorted(one.values):
        if key not in ignore:
            yield f" {key}={_quoted(one.values[key])}"
    yield ">"
    for inner in one.inner:
        if isinstance(inner, str):
            if inner.strip():
                yield escape(inner)
        elif inner.name not in ignore:
            yield from _parts(inner, ignore)
    yield f"</{one.name}>"


def written(one: Element, head: str) -> bytes:
    """The document in UTF-8, indented by one space; ``head`` is what stands before its element."""
    lines: list[str] = []
    _write(one, 0, lines)
    return (head + "".join(lines)).encode("utf-8")


def _write(one: Element, depth: int, lines: list[str]) -> None:
    pad = " " * depth
    values = "".join(f" {key}={_quoted(value)}" for key, value in one.values.items())
    said = any(isinstance(inner, str) and inner.strip() for inner in one.inner)
    if said:  # white space beside text is text
        lines.append(f"{pad}<{one.name}{values}>")
        lines.extend(_inline(one))
        lines.append(f"</{one.name}>\n")
    elif any(True for _ in one.elements()):
        lines.append(f"{pad}<{one.name}{values}>\n")
        for inner in one.elements():
            _write(inner, depth + 1, lines)
        lines.append(f"{pad}</{one.name}>\n")
    else:
        lines.append(f"{pad}<{one.name}{values}/>\n")


def _inline(one: Element) -> Iterator[str]:
    for inner in one.inner:
        if isinstance(inner, str):
            yield escape(inner, {"\r": "&#13;"})
        else:
            values = "".join(f" {key}={_quoted(value)}" for key, value in inner.values.items())
            yield f"<{inner.name}{values}>"
            yield from _inline(inner)
            yield f"</{inner.name}>"


def _quoted(value: str) -> str:
    marks = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
    return f'"{escape(value, marks)}"'
