"""Starting costs little: each verb loads what it needs and no more; shells complete."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import audobon
from audobon.cli.root import VERBS

Command = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = {
    "numpy", "OpenImageIO", "PIL", "resvg_py", "zstandard", "blake3", "pyfastcdc", "pygit2",
    "isal", "rich", "openvino", "sqlite3",
}  # fmt: skip
_SCRIPT = """
import json, sys
from audobon.cli.root import cli
try:
    cli.main(sys.argv[1:], prog_name="audobon")
except SystemExit as end:
    assert not end.code, end.code
print("loaded", json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
print("verbs", json.dumps([name for name in sys.modules if name.endswith("_verb")]))
"""


def loaded(*arguments: str) -> tuple[set[str], list[str]]:
    """Top-level modules in a fresh process after that call, and the modules of verbs."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *_, modules, verbs = done.stdout.splitlines()
    return set(json.loads(modules.split(" ", 1)[1])), json.loads(verbs.split(" ", 1)[1])


def test_help_loads_click_and_no_verb() -> None:
    modules, verbs = loaded("--help")
    assert (HEAVY | {"apsw", "tantivy", "attr", "cattrs"}).isdisjoint(modules)
    assert verbs == []


def test_searching_loads_the_light_core_only(folder: Path) -> None:
    for arguments in (
        ("search", "oak"),
        ("search", "oak", "--json"),
        ("ls",),
        ("tag",),
        ("suggest",),
    ):
        modules, verbs = loaded(*arguments)
        assert HEAVY.isdisjoint(modules), arguments
        assert verbs == [f"audobon.cli.{arguments[0]}_verb"]


def test_version_module_and_verbs(command: Command) -> None:
    assert command("--version").stdout == f"audobon {audobon.__version__}\n"
    told = command("--help").stdout
    for name, text in VERBS.items():
        assert f"  {name} " in told
        assert text in told


def test_a_call_without_a_verb_tells_of_them(command: Command) -> None:
    done = command()
    assert "Verbs:" in done.stderr + done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_sound(shell: str, command: Command, tmp_path: Path) -> None:
    script = command("completion", shell).stdout
    assert "_AUDOBON_COMPLETE" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(script)
    check = ["-n", str(tmp_path / "script")]
    assert subprocess.run([shell, *check], check=False).returncode == 0


_COMPLETE = """
complete_words() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMPREPLY=()
  _audobon_completion audobon "${COMP_WORDS[COMP_CWORD]}" ""
  printf '%s\\n' "${COMPREPLY[@]}"
}
"""


def _completed(words: str, folder: Path, tmp_path: Path) -> list[str]:
    """What bash offers for ``words``, with the script as it is printed."""
    program = tmp_path / "bin" / "audobon"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m audobon "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    line = f"source <(audobon completion bash)\n{_COMPLETE}\ncomplete_words {words}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.split("\n")[:-1]


OFFERED = {
    "audobon se": ["search", "set"],
    "audobon search --f": ["--facet"],
    "audobon jobs --state ca": ["cancelled"],
    "audobon tag x --add wo": ["wood"],
    "audobon edit x --catalog Pr": ["Props", "Props/Chairs"],
    "audobon show textures/o": ["textures/oak_planks.png"],
    "audobon search rus": ["rusty"],
    "audobon set wi": ["wide"],
    "audobon restore x HE": ["HEAD"],
    "audobon completion z": ["zsh"],
    "audobon run pose-": ["pose-drawn"],
    "audobon run style-like x --set s": ["strength=", "size="],
    "audobon run lineart x --set paper=w": ["paper=white"],
    "audobon run style-like x --set like=textures/o": ["like=textures/oak_planks.png"],
    "audobon run unknown x --set s": [""],
}


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes(folder: Path, tmp_path: Path) -> None:
    with audobon.Library.open(folder) as library:
        library.tags.add("wood")
        library.catalogs.add("Props/Chairs")
        library.sets.add("wide", "width:>4k")
        library.commit("first")
    for words, offered in OFFERED.items():
        assert _completed(words, folder, tmp_path) == offered, words


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_nothing_is_offered_or_printed_outside_a_library(tmp_path: Path) -> None:
    assert _completed("audobon tag x --add w", tmp_path, tmp_path) in ([], [""])
