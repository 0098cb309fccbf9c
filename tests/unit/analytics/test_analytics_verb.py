"""``audobon analytics`` as people and scripts call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import audobon
from audobon.cli.root import cli

Call = Callable[..., str]


@pytest.fixture
def call(library: audobon.Library) -> Call:
    def run(*arguments: str, status: int = 0) -> str:
        line = ["analytics", *arguments, "--library", str(library.path)]
        done = CliRunner().invoke(cli, line)
        assert done.exit_code == status, done.output
        return done.output

    return run


def test_it_is_off_until_it_is_switched_on(call: Call) -> None:
    assert call() == "off: nothing leaves this machine\n"
    assert "hint: name a file, or" in call("export", status=10)
    call("on", "--project", "studio", status=10)
    told = call("on", "--project", "studio", "--dataset", "assets", "--include", "times")
    assert told == "on: bigquery:studio.assets\nalso: times\nnothing was sent yet\n"
    assert json.loads(call("show", "--json"))["target"]["project"] == "studio"
    assert call("off", "--forget") == "off: nothing leaves this machine\n"


def test_a_preview_tells_rows_bytes_and_columns(call: Call) -> None:
    told = call("preview", "--rows", "1")
    assert told.startswith("9 rows, ")
    assert "assets: 3 rows, " in told
    assert "  left out: path, tags, catalog\n" in told
    assert told.count('{"row_id": ') == 5
    data = json.loads(call("preview", "--json", "--rows", "0", "--include", "names"))
    assert data["include"] == ["names"]
    assert "path" in data["tables"][0]["columns"]


def test_what_is_exported_is_told(call: Call, tmp_path: Path) -> None:
    to = str(tmp_path / "x.sqlite")
    assert call("export", "--to", to).startswith(f"9 rows sent to sqlite:{to}\n")
    assert json.loads(call("export", "--to", to, "--json"))["rows"] == 0


def test_the_schema_and_the_queries_are_printed(call: Call) -> None:
    tables = json.loads(call("schema"))["tables"]
    assert [table["name"] for table in tables][:2] == ["assets", "versions"]
    assert call("schema", "--dialect", "bigquery").startswith("CREATE TABLE IF NOT EXISTS `DATASET")
    assert call("queries").splitlines()[0].startswith("holdings  ")
    asked = ("queries", "usage", "--dialect", "bigquery", "--dataset", "studio.assets")
    assert "FROM `studio.assets.usage_events` AS t" in call(*asked)
    assert "there is no query 'most'" in call("queries", "most", status=20)
    assert "only queries have a name" in call("export", "most", status=10)
