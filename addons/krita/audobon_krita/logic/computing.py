# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page Compute says and asks for. To be called once there is a session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .making import DOCUMENT, LAYER, MASK, Operation, Options, offer_of

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session import Session, State
    from audobon.session.doing import Report
    from audobon.session.state import Offer

    from .run import Result

__all__ = [
    "ALIKE",
    "TAGS",
    "TEXTS",
    "Wish",
    "about",
    "apply_text",
    "decide",
    "engine_lines",
    "keep_file",
    "mistake",
    "queue_line",
    "style_pictures",
    "suggestions",
    "unseen_line",
    "wish",
]

ALIKE = Operation("embed", "Similar", "What looks like it", gives="alike", strength="")
"""Not among what can be made: its result is a search."""
TAGS = Operation("tags", "Suggested Tags", "Tags for assets", gives="tags", strength="")
TEXTS = Operation("ocr", "Text in Pictures", "Text, to be found", gives="text", strength="")
_APPLY = {LAYER: "Add as Layer", MASK: "Add as Mask", DOCUMENT: "Open as Document"}
_SHOWN = 12
# Suggested tags of one asset; the rest come when these are decided.


def style_pictures() -> tuple[Path, list[tuple[int, int, int, int]]]:
    """The file with how each style paints, and where in it each is: left, top, width, height."""
    from audobon.panel import styles

    return styles.FILE, [styles.place(number) for number in range(styles.COUNT)]


class Wish:
    """What stands in the way of an operation: ``text`` says it, ``offer`` can be fetched."""

    def __init__(self, text: str = "", offer: Offer | None = None, ask: str = "") -> None:
        self.text = text
        self.offer = offer
        self.ask = ask

    @property
    def ready(self) -> bool:
        return not self.text


def wish(state: State, operation: Operation, options: Options) -> Wish:
    """Whether an operation can be run, and what it needs first."""
    from audobon.panel import engine
    from audobon.panel.words import bytes_text

    tools = state.tools
    if state.read_only:
        return Wish("This library can only be read, so nothing is computed with it")
    if tools is None:
        return Wish()  # not known yet; the work itself says what it lacks
    offer = tools.offer(offer_of(operation, options))
    if offer is None or offer.ready:
        return Wish()
    if offer.lacks:
        return Wish(engine.lacks_text(tools)[0])
    lines = [f"{offer.summary}: {engine.fetch_text(offer)}."]
    lines.append(f"{bytes_text(offer.size)} are fetched from public registries.")
    if offer.ask:
        lines.append(f"{offer.ask}. Fetching it accepts that.")
    return Wish(f"{operation.label} needs {engine.fetch_text(offer)}", offer, "\n".join(lines))


def engine_lines(state: State) -> tuple[str, str]:
    """What computes, or what is wrong with it; and commands that help, to be copied."""
    from audobon.panel import engine
    from audobon.panel.words import problem_text

    lines = [engine.engine_text(state.engine, state.tools)]
    commands = ""
    problem = state.engine.problem or (None if state.tools is None else state.tools.problem)
    if problem is not None:
        lines.append(problem_text(problem))
        if state.engine.state == "absent":
            commands = "pip install audobon[images,ai]\naudobon worker --register"
    elif state.tools is not None:
        text, commands = engine.lacks_text(state.tools)
        if text:
            lines.append(f"{text}: {commands}".replace("\n", "; "))
    lines += engine.parts_text(state.tools)
    return "\n".join(line for line in lines if line), commands


def apply_text(how: str) -> str:
    """What the button says that puts a result where it belongs."""
    return _APPLY.get(how, _APPLY[LAYER])


def mistake(session: Session | None, error: Exception) -> str:
    """A mistake of ours in one line; the log has the rest."""
    import traceback

    text = f"something went wrong: {type(error).__name__}: {error}"
    if session is not None:
        session.note(text, "".join(traceback.format_exception(error)))
    return text


def keep_file(session: Session, result: Result, beside: str) -> None:
    """Copy a result beside the document's file, or into the library; there it is an asset."""
    assert result.file is not None
    source, root = result.file, Path(session.state.path)
    folder = Path(beside).parent if beside else root / "Saved"

    def work(library: Library, report: Report) -> str:
        import shutil

        from audobon.panel.saving import file_name, free_path

        folder.mkdir(parents=True, exist_ok=True)
        path = free_path(folder, file_name(result.name), source.suffix)
        shutil.copyfile(source, path)
        if path.is_relative_to(root):
            for _, error in library.add(path, cancel=report.cancelled).failed:
                raise error
        return f"Kept as {path.name} in {folder}"

    session.do("Keeping the result", work)


def suggestions(state: State) -> tuple[tuple[str, str], ...]:
    """Suggested tags of the chosen asset, each with what is shown of it."""
    found = () if state.chosen is None else state.chosen.suggestions
    return tuple((each.tag, f"{each.tag}  {each.score:.0%}") for each in found[:_SHOWN])


def decide(session: Session, tag: str, verdict: str) -> None:
    """Decide about a suggested tag of the chosen asset, about all of them without a name."""
    chosen = session.state.chosen
    found = () if chosen is None else chosen.suggestions
    given = [each for each in found if not tag or each.tag == tag]
    if given:
        session.decide(given, verdict)


def queue_line(state: State) -> str:
    """How many suggested tags wait in the library."""
    from audobon.panel import engine

    return "" if state.queue is None else engine.queue_text(state.queue)


def unseen_line(state: State) -> str:
    """How many pictures cannot be found by likeness, because nobody looked at them."""
    if state.like is None or not state.like.unseen:
        return ""
    count = len(state.like.unseen)
    are = "picture was" if count == 1 else "pictures were"
    return f"{count:,} {are} never looked at, so they cannot be found"


def about(result: Result, how: str) -> str:
    """What was made in one line, and why it cannot go where it was to go."""
    if result.colors:
        return f"{result.name}: {len(result.colors)} colours"
    width, height = result.size
    text = f"{result.name}, {width} x {height}, {result.seconds:.1f} s"
    if not how:
        return f"{text}\nIts layer is gone. The result can be kept as a file."
    if how == DOCUMENT and result.place == LAYER:
        return f"{text}\nIts document was closed. The result can be opened by itself."
    return text
