"""Starting costs little: each verb loads what it needs and no more; shells complete."""

from __future__ import annotations

import importlib.util
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
from audobon.services.core.fingerprint import FULL_BELOW

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
print("ours", json.dumps([name for name in sys.modules if name.startswith("audobon")]))
"""


_OPEN = """
import json, sys
import audobon
with audobon.Library.open(sys.argv[1]) as library:
    library.get(library.assets(limit=1)[0].id)
print("ours", json.dumps([name for name in sys.modules if name.startswith("audobon")]))
"""
_LATER = {
    "audobon.formats.examine",
    "audobon.model.head",
    "audobon.model.merge",
    "audobon.model.metrics",
    "audobon.model.quantized",
    "audobon.model.query",
    "audobon.model.remote",
    "audobon.model.taught",
    "audobon.services.versioning.adopt",
    "audobon.services.depot.fetching",
    "audobon.services.places.sealing",
    "audobon.services.core.texturenames",
    "audobon.storage.catalog.values",
    "audobon.storage.history.erasing",
    "audobon.storage.index.paging",
    "audobon.storage.objects.estimating",
    "audobon.storage.sqlite.rekeying",
    "audobon.storage.vault.vault",
    "audobon.work.executor",
}
"""What neither opening a library nor keeping an edited one in a snapshot is about. Each class of
these is compiled at import, which was a quarter of what such a command costs."""


def _run(script: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def loaded(*arguments: str) -> tuple[set[str], list[str]]:
    """Top-level modules in a fresh process after that call, and the modules of verbs."""
    *_, modules, verbs, _ = _run(_SCRIPT, *arguments)
    return set(json.loads(modules.split(" ", 1)[1])), json.loads(verbs.split(" ", 1)[1])


def ours(script: str, *arguments: str) -> set[str]:
    """Our own modules in a fresh process after that script."""
    return set(json.loads(_run(script, *arguments)[-1].split(" ", 1)[1]))


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


def test_opening_a_library_loads_nothing_of_other_uses(folder: Path) -> None:
    modules = ours(_OPEN, str(folder))
    assert "audobon.library" in modules
    others = {
        "audobon.services.files.ingest",
        "audobon.services.core.queue",
        "audobon.model.suggestion",
    }
    assert modules & (_LATER | others) == set()
    assert not any(name.startswith(("audobon.storage.history.", "audobon.cli")) for name in modules)


def test_a_snapshot_loads_what_it_does_and_no_more(folder: Path, tmp_path: Path) -> None:
    place, edited = str(tmp_path / "place"), folder / "take.bin"
    edited.write_bytes(bytes(FULL_BELOW + 1))  # a larger one's header is read later, by a worker
    assert ours(_SCRIPT, "add", str(edited))
    assert ours(_SCRIPT, "snapshot", place)
    edited.write_bytes(b"edited" + bytes(FULL_BELOW))
    modules = ours(_SCRIPT, "snapshot", place)
    assert "audobon.services.snapshots.snapshotdepot" in modules
    assert modules & _LATER == set()


@pytest.mark.parametrize(
    "package",
    [
        *("formats", "services.depot", "storage.catalog", "storage.chunks", "storage.history"),
        *("storage.index", "storage.links", "storage.objects", "storage.previews"),
        *("storage.sqlite", "storage.vault"),
    ],
)
def test_what_is_imported_late_is_there_when_it_is_asked_for(package: str) -> None:
    module = importlib.import_module(f"audobon.{package}")
    for name in module.__all__:
        assert getattr(module, name, None) is not None
    homes = {name: home for home, names in module._HOMES.items() for name in names.split()}
    for name, home in homes.items():
        assert getattr(module, name) is getattr(
            importlib.import_module(f"{module.__name__}.{home}"), name
        )
        # Whoever imports a module of that name would find it in the name's place.
        assert importlib.util.find_spec(f"{module.__name__}.{name}") is None
    assert homes.keys() <= set(module.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing


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
