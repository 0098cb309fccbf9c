"""What in a .blend file would run, read from its blocks; nothing is run and no file is followed.

Blender runs Python of a file in three places: expressions of drivers, texts
marked *Register* when the file is opened, and scripts of Freestyle when it is
rendered. It asks its preference *Auto Run Python Scripts* first, which many
have switched on for all files. An expression of plain arithmetic is
worked out by Blender itself without Python (``BLI_expr_pylike_eval``), as
most rigs have them: those are no finding.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from attrs import define, field

from audobon.formats import facts
from audobon.formats.blend_blocks import BlendStream, Block
from audobon.formats.blend_fields import Fields
from audobon.formats.blend_parts import key_of
from audobon.formats.blend_sections import Blocks, Section, read_blocks
from audobon.formats.source import Source
from audobon.model.scenecheck import SceneCheck, SceneFinding

__all__ = ["blend_scripts", "is_arithmetic"]

_HEAD = 4096  # a Text has 1.2 KB, a Library with its paths 3 KB, a driver 400 bytes
_MAX_TEXT = 64 << 10
"""Bytes of one text that are looked at; a longer one counts as hooking itself in."""
_MAX_TEXTS = 16 << 20  # bytes of all texts together
_LISTED = 200
"""Findings told one by one; a rig of a production has some thousand drivers."""
_SHOWN = 200  # characters of code

_PYTHON = 1  # DRIVER_TYPE_PYTHON
_REGISTER = 1 << 4  # TXT_ISSCRIPT

_HOOKS = re.compile(rb"\bhandlers\b|driver_namespace|\btimers\b|msgbus|register_class|__import__")
"""How a script stays: called again at each frame, file, moment or change, or by drivers."""

_SIMPLE = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Name),
    *(ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.UAdd, ast.USub, ast.Not, ast.And),
    *(ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)
_CALLS = frozenset(
    b"radians degrees abs fabs floor ceil trunc round int sin cos tan asin acos atan atan2 exp log"
    b" sqrt pow fmod lerp clamp smoothstep min max".decode().split()
)


def is_arithmetic(expression: str) -> bool:
    """Whether an expression does no more than Blender's own arithmetic.

    Read, never evaluated. False for whatever is no expression: Python gets it then.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stranger's odd style is no concern of ours
            tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return not expression.strip()
    return all(map(_is_simple, ast.walk(tree)))


def _is_simple(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float, bool)
    if isinstance(node, ast.Call):
        plain = isinstance(node.func, ast.Name) and node.func.id in _CALLS
        return plain and not node.keywords
    return isinstance(node, _SIMPLE)


def blend_scripts(source: Source) -> SceneCheck:
    """BadFile, LimitExceeded; Unsupported for files of 32 bits."""
    blocks = read_blocks(source)
    look = _Look(blocks)
    stream = BlendStream(source)
    for number, block in enumerate(stream.blocks()):
        if number >= len(blocks.address):
            raise source.bad("it changes while it is read")
        look.take(stream, number, block)
    found = sorted(look.findings(), key=lambda one: not one.runs)
    return SceneCheck(tuple(found[:_LISTED]), len(found))


@define
class _Text:
    name: str
    registered: bool
    path: int  # the address of the path that it came from
    data: bytearray = field(factory=bytearray)
    hooks: bool = False

    def finding(self, *, freestyle: bool) -> SceneFinding | None:
        code = facts.clean(bytes(self.data).decode("utf-8", "replace"))[:_SHOWN]
        if self.registered:
            return SceneFinding("registered text", self.name, code, runs=True)
        if freestyle:
            return SceneFinding("freestyle script", self.name, code, runs=True)
        if self.hooks:
            return SceneFinding("text", self.name, code)
        return None


class _Look:
    """Takes one block after the other."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._fields = Fields(blocks.dna, "<")
        self._drivers = self._numbers(b"ChannelDriver")
        self._freestyle = self._numbers(b"FreestyleModuleConfig")
        self._texts: dict[int, _Text] = {}
        self._scripts: set[int] = set()  # sections of the texts that Freestyle runs
        self._others: list[SceneFinding] = []
        self._room = _MAX_TEXTS

    def take(self, stream: BlendStream, number: int, block: Block) -> None:
        owner = self._blocks.owner[number]
        section = self._blocks.sections[owner]
        if section.code == b"TX":
            self._text(stream, number, owner, section)
        elif section.code == b"LI" and number == section.first:
            self._others.append(SceneFinding("library", section.library))
        elif block.struct in self._drivers:
            size = self._blocks.layouts.of(block.struct).size
            while body := stream.read(size):
                self._expression(body, section)
        elif block.struct in self._freestyle:
            raw = self._fields.raw(b"FreestyleModuleConfig", b"*script", stream.read(_HEAD))
            target = self._blocks.find(int.from_bytes(raw, "little"), owner) if any(raw) else -1
            if target >= 0:
                self._scripts.add(self._blocks.owner[target])

    def _numbers(self, name: bytes) -> set[int]:
        """A hostile file may describe a struct more than once."""
        layouts = self._blocks.layouts
        return {number for number in range(len(layouts)) if layouts.of(number).name == name}

    def _expression(self, body: bytes, section: Section) -> None:
        fields = self._fields
        if fields.number(b"ChannelDriver", b"type", body) != _PYTHON:
            return
        text = fields.text(b"ChannelDriver", b"expression", body).decode("utf-8", "replace")
        if not is_arithmetic(text):
            kind, name = key_of(section, {})
            name = f"{'shape keys' if kind == 'ke' else kind} {name}"
            self._others.append(SceneFinding("driver", name, facts.clean(text)[:_SHOWN], runs=True))

    def _text(self, stream: BlendStream, number: int, owner: int, section: Section) -> None:
        if number == section.first:
            head = stream.read(_HEAD)
            flags = self._fields.number(b"Text", b"flags", head)
            path = self._fields.raw(b"Text", b"*name", head)
            path = path or self._fields.raw(b"Text", b"*filepath", head)
            registered = bool(flags & _REGISTER)
            self._texts[owner] = _Text(section.name, registered, int.from_bytes(path, "little"))
            return
        text = self._texts.get(owner)
        is_line = self._blocks.kind[number] == 0
        if text is None or not is_line or self._blocks.address[number] == text.path:
            return
        room = max(0, min(_MAX_TEXT - len(text.data), self._room))
        line = stream.read(room + 1)
        self._room -= len(line)
        text.hooks = text.hooks or len(line) > room or bool(_HOOKS.search(line))
        # Blender fills the block up with whatever lay behind the line.
        text.data += line.split(b"\0", 1)[0] + b"\n"

    def findings(self) -> Iterator[SceneFinding]:
        yield from self._others
        for owner, text in self._texts.items():
            found = text.finding(freestyle=owner in self._scripts)
            if found is not None:
                yield found
