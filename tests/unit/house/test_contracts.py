"""Every contract of .importlinter catches the violation it is there for.

All violations are planted in one copy of the SDK, so that one run of the
linter answers for all; each test looks for its own import under its own
contract's name.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

# Contract, module that is planted, what it imports, and how the linter words the edge.
PLANTED = [
    ("Layers", "audobon.system.planted_model", "audobon.model"),
    ("Layers", "audobon.model.planted_codec", "audobon.codec"),
    ("Layers", "audobon.codec.planted_work", "audobon.work"),
    ("Layers", "audobon.formats.planted_storage", "audobon.storage"),
    ("Layers", "audobon.storage.planted_formats", "audobon.formats"),
    ("Layers", "audobon.work.planted_formats", "audobon.formats"),
    ("Layers", "audobon.storage.planted_work", "audobon.work"),
    ("Layers", "audobon.work.planted_services", "audobon.services"),
    ("Layers", "audobon.services.planted_cli", "audobon.cli"),
    ("Layers", "audobon.services.planted_session", "audobon.session"),
    ("Layers", "audobon.session.planted_cli", "audobon.cli"),
    ("Stores", "audobon.storage.catalog.planted_history", "audobon.storage.history"),
    ("Stores", "audobon.storage.history.planted_chunks", "audobon.storage.chunks"),
    ("Stores", "audobon.storage.chunks.planted_index", "audobon.storage.index"),
    ("Stores", "audobon.storage.previews.planted_index", "audobon.storage.index"),
    ("Stores", "audobon.storage.index.planted_catalog", "audobon.storage.catalog"),
    ("Stores", "audobon.storage.objects.planted_vault", "audobon.storage.vault"),
    ("Services", "audobon.services.core.planted_files", "audobon.services.files"),
    ("Services", "audobon.services.versioning.planted_merge", "audobon.services.merge"),
    ("Services", "audobon.services.purge.planted_jobs", "audobon.services.jobs"),
    (
        "The vault knows places of objects only",
        "audobon.storage.vault.planted_chunks",
        "audobon.storage.chunks",
    ),
    ("Door of cryptography", "audobon.services.planted_crypto", "cryptography"),
    ("Door of cryptography", "audobon.storage.vault.planted_crypto", "cryptography"),
    ("Door of keyring", "audobon.services.planted_keyring", "keyring"),
    ("Inert model", "audobon.model.planted_clock", "time"),
    ("Inert model", "audobon.model.planted_cattrs", "cattrs"),
    ("Work knows no assets", "audobon.work.planted_asset", "audobon.model.asset"),
    ("Door of apsw", "audobon.storage.catalog.planted_apsw", "apsw"),
    ("Door of apsw", "audobon.services.planted_sqlite3", "sqlite3"),
    ("Door of tantivy", "audobon.services.planted_tantivy", "tantivy"),
    ("Door of watchfiles", "audobon.services.planted_watch", "watchfiles"),
    ("Door of pygit2", "audobon.storage.chunks.planted_pygit2", "pygit2"),
    ("Door of pygit2", "audobon.storage.history.planted_pygit2", "pygit2"),
    ("Door of openvino", "audobon.work.planted_openvino", "openvino"),
    ("Door of numkong", "audobon.services.planted_numkong", "numkong"),
    ("Door of openvino", "audobon.inference.planted_openvino", "openvino"),
    ("Door of onnxruntime", "audobon.inference.planted_onnx", "onnxruntime"),
    ("Layers", "audobon.inference.planted_formats", "audobon.formats"),
    ("Layers", "audobon.models.planted_services", "audobon.services"),
    ("Layers", "audobon.learning.planted_storage", "audobon.storage"),
    ("Layers", "audobon.inference.planted_learning", "audobon.learning"),
    ("Door of google", "audobon.services.planted_google", "google.cloud"),
    ("Door of google", "audobon.storage.planted_requests", "requests"),
    ("Door of pictures", "audobon.formats.planted_numpy", "numpy"),
    ("Door of pictures", "audobon.services.planted_pillow", "PIL.Image"),
    ("Door of chunking", "audobon.formats.planted_blake3", "blake3"),
    ("Door of chunking", "audobon.storage.catalog.planted_zstd", "zstandard"),
    ("Door of the terminal", "audobon.services.planted_click", "click"),
    ("No host in the SDK", "audobon.services.planted_bpy", "bpy"),
    ("No host in the SDK", "audobon.cli.planted_qt", "PyQt5.QtWidgets"),
]


def _contracts() -> set[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", "utf-8")
    return {config[s]["name"] for s in config.sections() if s.startswith("importlinter:contract:")}


def _lint(sdk: Path) -> tuple[int, dict[str, str]]:
    """Status of the linter on ``sdk``, and what it says under each broken contract's name."""
    program = Path(sysconfig.get_path("scripts"), "lint-imports")
    done = subprocess.run(
        [str(program), "--no-cache", "--config", str(ROOT / ".importlinter")],
        cwd=sdk,
        env={**os.environ, "PYTHONPATH": str(sdk), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    _, _, broken = done.stdout.partition("Broken contracts")
    parts = re.split(r"^(.+)\n-{3,}\n", broken.partition("\n")[2].lstrip("-\n"), flags=re.M)
    return done.returncode, dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    sdk = tmp_path_factory.mktemp("planted") / "sdk"
    shutil.copytree(ROOT / "sdk", sdk, ignore=shutil.ignore_patterns("__pycache__"))
    for _, module, target in PLANTED:
        path = sdk.joinpath(*module.split(".")).with_suffix(".py")
        assert not path.exists()
        # Inside a function, where a lazy import would stand: doors hold there too.
        path.write_text(f"def late() -> None:\n    import {target}\n", "utf-8")
    status, sections = _lint(sdk)
    assert status != 0
    return sections


@pytest.mark.parametrize(("contract", "module", "target"), PLANTED)
def test_contract_catches_the_import(
    contract: str, module: str, target: str, broken: dict[str, str]
) -> None:
    own = target.startswith("audobon")
    edge = f"{module} -> {target if own else target.partition('.')[0]} "
    assert edge in broken[contract]


def test_every_contract_is_broken_once() -> None:
    assert {contract for contract, _, _ in PLANTED} == _contracts()


def test_errors_know_nothing_of_the_package(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "sdk", tmp_path / "sdk", ignore=shutil.ignore_patterns("__pycache__"))
    errors = tmp_path / "sdk" / "audobon" / "errors.py"
    errors.write_text(f"{errors.read_text('utf-8')}\nimport audobon.system.names\n", "utf-8")
    _, sections = _lint(tmp_path / "sdk")
    assert "audobon.errors -> audobon.system.names" in sections["Layers"]


def test_the_tree_keeps_all_contracts() -> None:
    status, sections = _lint(ROOT / "sdk")
    assert (status, sections) == (0, {})
