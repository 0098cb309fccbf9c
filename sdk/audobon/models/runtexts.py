"""The task that runs a pipeline on texts. Runs in a worker process."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.errors import Unsupported
from audobon.inference.atwork import open_network
from audobon.inference.session import Choice
from audobon.inference.texts import text_vector
from audobon.inference.tokens import Tokens, read_tokens
from audobon.models.assemble import Step
from audobon.models.convert import NETWORK
from audobon.system.files import translate_os_error
from audobon.system.folders import cache_folder
from audobon.work.child import TaskContext

__all__ = ["read_text", "run_texts", "takes_text"]

_MOST = 64 << 10
"""Bytes of a file that are looked at: networks take a few hundred words."""


def takes_text(todo: Sequence[Step]) -> bool:
    """Whether a pipeline is fed with a text instead of a picture."""
    return any(tensor.name == "text" for tensor in todo[0].component.inputs)


def read_text(path: str) -> str:
    """The beginning of a text file, as UTF-8; other bytes are no letters."""
    try:
        with Path(path).open("rb") as stream:
            return stream.read(_MOST).decode("utf-8", "replace")
    except OSError as error:
        raise translate_os_error(error, path) from error


def run_texts(
    texts: Sequence[str],
    todo: Sequence[Step],
    parameters: Mapping[str, Any],
    choice: Choice,
    context: TaskContext,
) -> list[list[float]]:
    """A vector of length 1 for each text; each is computed alone, whatever the others are."""
    names = [step.component.name for step in todo]
    if len(todo) != 3 or (names[0], names[2]) != ("text-tokens", "text-vector"):
        raise Unsupported(f"the steps {', '.join(names)} are not known to this version")
    first, network = todo[0], todo[1].component
    tokens = _tokens(str(Path(first.data["minilm-words"]) / "tokenizer.json"))
    longest = int(str(first.component.settings["tokens"]))
    if parameters.get("precision", "auto") == "auto":
        choice = Choice(choice.device, "f32", choice.threads, choice.avoid)  # it is packed already
    session = open_network(
        *(Path(todo[1].folder) / NETWORK, network.inputs, network.outputs),
        choice=choice,
        cache=cache_folder() / "compiled",
    )
    found = []
    for number, text in enumerate(texts):
        context.check()
        found.append(text_vector(session, tokens.of(text, longest), context.check))
        context.progress((number + 1) / len(texts))
    return found


@functools.lru_cache(maxsize=1)  # 30,000 pieces take 20 ms to read
def _tokens(path: str) -> Tokens:
    try:
        return read_tokens(Path(path).read_bytes())
    except OSError as error:
        raise translate_os_error(error, path) from error
