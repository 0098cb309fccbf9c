"""What the engine has and lacks, in sentences, with the commands that help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.panel.words import bytes_text

if TYPE_CHECKING:
    from audobon.session.state import Engine, Offer, Queue, Tools

__all__ = ["engine_text", "fetch_text", "lacks_text", "parts_text", "queue_text"]

_COMMANDS = {"images": "pip install audobon[images]", "openvino": "pip install audobon[ai]"}
# What gets that which an engine lacks; a Python of one's own, registered afterwards.
_REGISTER = "audobon worker --register"


def engine_text(engine: Engine, tools: Tools | None) -> str:
    """Which Python computes, and with what."""
    if engine.state != "ready":
        return "No engine" if engine.state == "absent" else "Looking for an engine"
    if tools is None:
        return "Looking at the engine"
    parts = dict(tools.parts)
    if parts.get("openvino"):
        return f"OpenVINO {_short(parts['openvino'])}, {len(tools.installed)} models"
    if parts.get("OpenImageIO"):
        return "No OpenVINO: operations without a network"
    return "No OpenVINO, no picture libraries"


def parts_text(tools: Tools | None) -> tuple[str, ...]:
    """The libraries of the engine, those that are not there too."""
    if tools is None:
        return ()
    names = ", ".join(f"{name} {_short(version)}" for name, version in tools.parts if version)
    absent = ", ".join(name for name, version in tools.parts if not version)
    lines = [f"With {names}" if names else "", f"Without {absent}" if absent else ""]
    return tuple(line for line in lines if line)


def lacks_text(tools: Tools) -> tuple[str, str]:
    """A sentence about what the engine itself lacks and the commands that get it, or nothing."""
    lacks = {each.lacks for each in tools.offers if each.lacks}
    if not lacks:
        return "", ""
    what = "openvino" if "openvino" in lacks else "images"
    whole = "images" in lacks
    text = (
        "This engine can compute nothing"
        if whole
        else "This engine can run no networks, because it has no OpenVINO"
    )
    text += ". In a Python of your own (3.11 or newer), run these two commands, then look again"
    return text, f"{_COMMANDS[what]}\n{_REGISTER}"


def fetch_text(offer: Offer) -> str:
    """What would be fetched for a pipeline, in one line."""
    names = ", ".join(offer.missing)
    return f"{names} ({bytes_text(offer.size)})" if offer.size else names


def queue_text(queue: Queue) -> str:
    """How many suggested tags wait for a decision."""
    if not queue.tags:
        return "No suggested tags wait"
    tags = f"{queue.tags:,} tags" if queue.tags != 1 else "1 tag"
    assets = f"{queue.assets:,} assets" if queue.assets != 1 else "1 asset"
    return f"{'More than ' if queue.more else ''}{tags} on {assets}"


def _short(version: str) -> str:
    return version.partition("-")[0]
