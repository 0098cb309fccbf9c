"""The card of a component in 8 bits, written from what was measured."""

from __future__ import annotations

from audobon.model.component import Component
from audobon.model.quantized import Loss, Quantized

__all__ = ["int8_card", "loss_text"]

_KINDS = {
    "vector": "1 - cosine",
    "classes": "1 - cosine",
    "picture": "root of the mean square, as a share of the range",
    "numbers": "root of the mean square, as a share of the range",
}


def loss_text(loss: Loss) -> str:
    """One output in one line."""
    words = [f"{loss.output}: loses {loss.mean:.4f} on average, {loss.worst:.4f} at worst"]
    words.append(f"({_KINDS[loss.kind]})")
    if loss.changed is not None:
        words.append(f"- another first class in {loss.changed:.1%} of the pictures")
    if loss.decibels is not None:
        words.append(f"- {loss.decibels:g} dB")
    return " ".join(words)


def int8_card(component: Component, made: Quantized) -> str:
    """The facts of a component in 8 bits, as Markdown."""
    times = f"{made.seconds_before * 1000:.1f} ms before, {made.seconds * 1000:.1f} ms now"
    sizes = f"{made.size_before / 1e6:.2f} MB before, {made.size / 1e6:.2f} MB now"
    lines = [
        f"# {made.component} {made.version}",
        "",
        f"{made.source} in 8 bits, made by {made.maker}. {component.summary}",
        "",
        f"- Licence: {component.licence or 'not told'}, that of {component.name}",
        f"- Calibrated on {made.calibrated} pictures, judged on {made.held_out} others",
        f"- Allowed loss: {made.bound:g}; lost: {made.loss:.4f}",
        f"- Network: {sizes}",
        f"- A picture on the CPU of the machine that made it: {times}",
        "",
        "## Beside the network as it was",
        "",
        *(f"- {loss_text(each)}" for each in made.losses),
        "",
        "What it was not calibrated on, such as another kind of pictures, it may lose more of.",
        "",
    ]
    return "\n".join(lines)
