"""Who may look into a library, that reading writes nothing, and that secrets stand nowhere."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from audobon.errors import AudobonError, Invalid
from audobon.library import Library
from audobon.models.installed import ModelFolder
from audobon.services.core.audit import record
from audobon.services.core.locking import machine_id
from audobon.session.asides import page_path
from audobon.storage.objects.opening import open_store
from audobon.system.folders import cache_folder, data_folder
from audobon.system.secrets import need_no_secrets, without_secret_variables, without_secrets
from audobon.testing.pictures import write_png
from audobon.work.bootstrap import keep_bytecode_in
from audobon.work.presence import RunnerLock

posix = pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_new_library_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Library.create(tmp_path / "lib") as library:
            (tmp_path / "lib" / "a.txt").write_text("x")
            library.add(tmp_path / "lib")
            library.commit("one")
            state = library.state_path
            assert _mode(state) == 0o700
            for name in ("catalog.db", "library.toml", "audit.jsonl"):
                assert _mode(state / name) == 0o600, name
    finally:
        os.umask(before)


@posix
def test_the_doctor_closes_what_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with Library.create(tmp_path / "lib") as library:

        def access(*, repair: bool = False) -> tuple[str, str]:
            (check,) = [one for one in library.doctor(repair=repair).checks if one.name == "access"]
            return check.state, check.message

        assert access()[0] == "ok"
        library.state_path.chmod(0o755)
        (tmp_path / "cache" / "audobon").mkdir(exist_ok=True, parents=True)
        (tmp_path / "cache" / "audobon").chmod(0o750)
        state, message = access()
        assert state == "warning"
        assert str(library.state_path) in message
        assert str(tmp_path / "cache" / "audobon") in message
        assert access(repair=True)[0] == "ok"
        assert _mode(library.state_path) == _mode(tmp_path / "cache" / "audobon") == 0o700


def _of_a_model() -> None:
    with ModelFolder(data_folder() / "models").making():
        pass


@posix
@pytest.mark.parametrize(
    "first",
    [
        _of_a_model,
        machine_id,
        lambda: keep_bytecode_in(cache_folder() / "bytecode"),
        lambda: RunnerLock(cache_folder() / "devices").__enter__(),
        lambda: page_path("one", "a", "b"),
    ],
    ids=["model", "machine", "bytecode", "devices", "page"],
)
def test_whatever_comes_first_makes_the_users_folders_for_them_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: Callable[[], object]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data" / "deep"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache" / "deep"))
    before = os.umask(0o022)
    try:
        first()
    finally:
        os.umask(before)
        keep_bytecode_in("")
    made = [folder for folder in (data_folder(), cache_folder()) if folder.exists()]
    assert made
    assert [oct(_mode(folder)) for folder in made] == [oct(0o700)] * len(made)
    assert _mode(tmp_path / made[0].relative_to(tmp_path).parts[0]) == 0o755  # not ours alone


def _everything(folder: Path) -> dict[str, tuple[int, int, int, str]]:
    """All files and folders, but for those by which SQLite's readers and writers meet."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name.endswith(("-wal", "-shm")):
            continue
        info = path.lstat()
        mtime, digest = 0, ""  # a folder's time tells of those files too
        if path.is_file():
            mtime, digest = info.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path)] = (info.st_mode, info.st_ino, mtime, digest)
    return found


def test_reading_only_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    folder.mkdir()
    write_png(folder / "a.png", 4, 4)
    with Library.create(folder) as library:
        library.add(folder)
        one = library.commit("one")
        library.edit(library.assets(), add_tags=["wood"])
        library.commit("two")
        library.work()
    before = _everything(folder)
    with Library.open(folder, read_only=True) as library:
        (asset,) = library.assets()
        library.search("tag:wood a", facets=["tag"])
        library.log()
        library.diff(one.id, "HEAD")
        library.preview(asset)
        library.stats()
        library.jobs()
        library.changes()
        library.branches()
        library.verify()
        library.audit.list()
        library.audit.verify()
        library.audit.export(tmp_path / "log.jsonl")
        library.restore(asset, one.id, to=tmp_path / "back.png")
        library.export(tmp_path / "out")
        library.doctor()
        for refused in (
            lambda: library.edit(asset, rating=1),
            lambda: library.add(folder),
            lambda: library.commit("three"),
            lambda: library.remove(asset),
            lambda: record(library._stores, "push", "x"),
        ):
            with contextlib.suppress(AudobonError):
                refused()
        assert _everything(folder) == before
    assert _everything(folder) == before


_PLANTED = "hunter2-planted-secret"


def test_planted_secrets_are_found_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    folder.mkdir()
    write_png(folder / "a.png", 4, 4)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    environment = {
        **os.environ,
        "AUDOBON_PASSPHRASE": _PLANTED,
        "GOOGLE_OAUTH_ACCESS_TOKEN": _PLANTED,
        "AWS_SECRET_ACCESS_KEY": _PLANTED,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", _USE, str(folder), _PLANTED],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "doctor" in done.stdout  # it came to its end
    assert _PLANTED not in done.stdout + done.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "catalog.db" for path in files)
    holding = [path for path in files if _PLANTED.encode() in path.read_bytes()]
    assert holding == []


_USE = """
import json, sys
from audobon.cli.base import error_data
from audobon.codec.plain import to_plain
from audobon.errors import AudobonError
from audobon.library import Library
from audobon.services.core.audit import record
from audobon.storage.objects.opening import open_store

folder, secret = sys.argv[1:]
with Library.create(folder) as library:
    library.add(folder)
    library.commit("one")
    library.work()
    record(library._stores, "push", f"to https://ada:{secret}@example.org/x?token={secret}")
    for url in (f"gs://ada:{secret}@bucket/x", f"https://example.org/x?key={secret}",
                f"file://ada:{secret}@server/x", f"s3://{secret}@bucket"):
        try:
            open_store(url)
        except AudobonError as error:
            print(json.dumps(error_data(error)), repr(error), error.hint)
        else:
            raise SystemExit(f"taken: {url}")
    environment = library._stores.executor.run("model.parts", {})
    print(json.dumps(to_plain([job.row for job in library.jobs()])))
    print(json.dumps(to_plain(library.stats())), json.dumps(to_plain(library.changes(0))))
    print([entry for entry in library.audit.list()])
    print("doctor", json.dumps(to_plain(library.doctor())))
"""


def test_workers_are_given_no_secrets() -> None:
    told = {"API_KEY": "x", "MY_TOKEN": "x", "db_password": "x", "SSH_AUTH_SOCK": "x", "HOME": "/h"}
    assert without_secret_variables({**told, "KEYBOARD": "us"}) == {"HOME": "/h", "KEYBOARD": "us"}


@pytest.mark.parametrize(
    "url",
    [
        "gs://ada:pass@bucket/x",
        "https://token@example.org/",
        "https://example.org/a?sig=pass",
        "file://ada:pass@server/share",
    ],
)
def test_addresses_with_secrets_are_refused_without_telling_them(url: str) -> None:
    for refuse in (need_no_secrets, open_store):
        with pytest.raises(Invalid) as caught:
            refuse(url)
        told = json.dumps([str(caught.value), caught.value.subject, caught.value.hint])
        assert "pass@" not in told
        assert "=pass" not in told
        assert "token@" not in told
    assert "pass" not in without_secrets(url).replace("***", "")


@pytest.mark.parametrize(
    "url", ["gs://bucket/a@b/c", "https://example.org/x", "C:\\a@b\\c", "/nas/ada@home", "memory:x"]
)
def test_other_addresses_are_left_alone(url: str) -> None:
    need_no_secrets(url)
    assert without_secrets(url) == url
