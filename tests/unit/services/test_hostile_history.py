"""A history that was made to write elsewhere is refused before anything is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import audobon
from audobon.codec.manifest import is_inside, parse_manifest
from audobon.errors import Corrupt
from audobon.services.versioning.rebuild import need_root_name
from audobon.storage.history import Author, TreeChange

_SOUND = {
    "added": "2026-01-01T00:00:00.000000Z",
    "digest": "0" * 64,
    "format": "png",
    "format_version": 1,
    "id": "0123456789abcdef0123456789abcdef",
    "kind": "image",
    "path": "wood/oak.png",
    "root": "Assets",
    "size": 1,
    "state": "present",
}
_LEADING_OUT = (
    "../oak.png",
    "wood/../../oak.png",
    "/etc/oak.png",
    "wood//oak.png",
    "./oak.png",
    "wood/oak.png/",
    "",
    "wood/oak\0.png",
    ".audobon/library.toml",
    "wood/.AUDOBON/catalog.db",
    ".git/hooks/post-checkout",
    "wood/.Git/config",
)


def _manifest(**changed: object) -> bytes:
    return json.dumps({**_SOUND, **changed}).encode()


def test_a_sound_manifest_is_read() -> None:
    assert parse_manifest(_manifest()).path == "wood/oak.png"
    assert parse_manifest(_manifest(path="..wood/.hidden/oak..png", digest="")).digest == ""


@pytest.mark.parametrize("path", _LEADING_OUT)
def test_a_manifest_that_leads_out_of_its_root_is_refused(path: str) -> None:
    with pytest.raises(Corrupt):
        parse_manifest(_manifest(path=path))


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "../0"},
        {"id": ""},
        {"digest": "../../etc/passwd"},
        {"digest": "A" * 64},
        {"root": ".."},
        {"root": "a/b"},
        {"root": "C:"},
        {"format_version": "1"},
        {"format_version": None},
        {"size": "many"},
        {"tags": 3},
    ],
)
def test_a_manifest_with_nonsense_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Corrupt):
        parse_manifest(_manifest(**changed))


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(Corrupt):
        parse_manifest(b"[" * 200_000)


@given(parts=st.lists(st.sampled_from(("a", "..", ".", "", "b", ".git", "\0")), max_size=6))
def test_what_is_inside_stays_below_its_root(parts: list[str]) -> None:
    path = "/".join(parts)
    if is_inside(path):
        assert Path("/root", path).resolve().is_relative_to("/root")
        assert Path("/root", path) != Path("/root")


@pytest.mark.parametrize("name", ["..", "a/b", "", "C:", "a\\b", ".git", ".audobon", "/etc"])
def test_a_root_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Corrupt):
        need_root_name(name)


def test_a_version_that_names_a_file_elsewhere_is_not_gone_to(tmp_path: Path) -> None:
    folder, victim = tmp_path / "Assets", tmp_path / "victim.txt"
    folder.mkdir()
    (folder / "oak.txt").write_text("oak")
    victim.write_text("mine")
    with audobon.Library.create(folder) as library:
        library.add([folder])
        library.commit("one")
        library.branch("hostile")
        history = library._stores.history
        head = history.head()
        assert head is not None
        ((place, blob),) = history.walk(head, prefix=b".audobon/assets")
        forged = json.loads(history.blob(blob)) | {"path": "../victim.txt"}
        history.commit(
            [TreeChange(place, json.dumps(forged).encode())],
            message="forged",
            author=Author("Eve", "eve@example.org"),
            time=datetime.now(UTC),
            expected=head,
            ref="hostile",
        )
        with pytest.raises(Corrupt):
            library.switch("hostile")
        assert victim.read_text() == "mine"
        assert (folder / "oak.txt").read_text() == "oak"
        assert library.log()[0].message == "one"
