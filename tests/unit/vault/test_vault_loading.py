"""Which copy of the library is loaded where a host's system brings one that is too old."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

_USE = """
import sys
{before}
from audobon.errors import AudobonError
from audobon.storage.objects import MemoryStore
from audobon.storage.vault import Costs, Vault

cheap = Costs(8, 1, 1)
try:
    Vault.create(MemoryStore(), "x", costs=cheap, floor=cheap)
except AudobonError as error:
    print(error.code, error.message, "|", error.hint)
else:
    print("made with", sys.modules["cryptography"].__file__)
"""


def _run(before: str, folder: Path) -> str:
    script = _USE.format(before=textwrap.dedent(before))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with a copy as Debian's: a package without what came later."""
    package = tmp_path / "cryptography"
    (package / "hazmat" / "primitives" / "kdf").mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "38.0.4"\n', "utf-8")
    for folder in ("hazmat", "hazmat/primitives", "hazmat/primitives/kdf"):
        (package / folder / "__init__.py").touch()
    return tmp_path


def test_a_newer_copy_later_on_the_path_is_taken(old: Path) -> None:
    told = _run("sys.path.insert(0, sys.argv[1])", old)
    assert told.startswith("made with ")
    assert str(old) not in told


def test_an_old_one_that_is_loaded_already_is_named(old: Path) -> None:
    told = _run("sys.path.insert(0, sys.argv[1])\nimport cryptography", old)
    assert told.startswith(
        "51 encryption needs the library cryptography 44 or newer, and 38.0.4 in "
    )
    assert str(old / "cryptography") in told
    assert "switch off the add-on" in told


def test_one_that_does_not_load_is_a_sentence(old: Path) -> None:
    (old / "cryptography" / "hazmat" / "primitives" / "kdf" / "argon2.py").write_text(
        "raise ImportError('_rust.abi3.so: version GLIBC_2.33 not found\\nmore of it')\n", "utf-8"
    )
    told = _run("sys.path.insert(0, sys.argv[1])", old)
    assert "which does not load here: _rust.abi3.so: version GLIBC_2.33 not found |" in told
    assert "install the add-on for this system again" in told


def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    before = """
    class Without:
        def find_spec(self, name, path=None, target=None):
            if name == "cryptography":
                raise ModuleNotFoundError("No module named 'cryptography'", name=name)
    sys.meta_path.insert(0, Without())
    """
    told = _run(before, tmp_path)
    assert "44 or newer, which is not installed | install it: pip install" in told
