"""git-lfs gets files out of the chunk store and puts files into it."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import Invalid, Unavailable, Unsupported
from audobon.services.versioning import lfs
from audobon.storage.chunks.layout import Transform
from audobon.storage.chunks.transforms.chain import fold
from audobon.testing.pictures import png_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands need a POSIX shell")

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PAGE = Path(__file__).parents[3] / "docs" / "plain-git.md"


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files that are hard in one way or another, with a space in its name."""
    made = tmp_path / "My Assets"
    (made / "deep" / "er").mkdir(parents=True)
    (made / "oak.png").write_bytes(png_bytes(16, 16))
    (made / "large.bin").write_bytes(noise(3_000_000, 1))
    (made / "deep" / "er" / "ünïcode name.bin").write_bytes(noise(70_000, 2))
    (made / "empty.txt").write_bytes(b"")
    return made


@pytest.fixture
def lib(folder: Path) -> Iterator[audobon.Library]:
    """A library of two versions; the oak differs between them."""
    with audobon.Library.create(folder, "Test", author="Ada <ada@example.org>") as library:
        library.add(folder)
        library.commit("one")
        (folder / "oak.png").write_bytes(png_bytes(17, 17))
        library.commit("two")
        yield library


def clone(run: Run, lib: audobon.Library, to: Path) -> Path:
    agent = f"lfs-agent --library '{lib.path}'"
    settings = {
        "lfs.standalonetransferagent": "audobon",
        "lfs.customtransfer.audobon.path": "audobon",
        "lfs.customtransfer.audobon.args": agent,
        "lfs.customtransfer.audobon.concurrent": "false",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    run("git", "clone", "-q", *options, str(lib.state_path / "history.git"), str(to))
    return to


def test_a_clone_has_the_real_files(
    run: Run, lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    work = clone(run, lib, tmp_path / "work")
    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    files = [name for name in names if name.parts[0] != ".audobon"]
    assert len(files) == 4
    for name in files:
        assert (work / "My Assets" / name).read_bytes() == (folder / name).read_bytes()
    assert "OK" in run("git", "lfs", "fsck", cwd=work).stdout
    assert run("git", "status", "--porcelain", cwd=work).stdout == ""
    run("git", "checkout", "-q", "HEAD~1", cwd=work)
    assert (work / "My Assets" / "oak.png").read_bytes() == png_bytes(16, 16)
    assert list((work / ".git" / "lfs" / "tmp").glob("audobon-*")) == []


def test_a_push_brings_bytes_and_version(
    run: Run, lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    work = clone(run, lib, tmp_path / "work")
    data = noise(400_000, 9)
    (work / "My Assets" / "large.bin").write_bytes(data)
    (work / "My Assets" / "new.bin").write_bytes(data[:100_000])
    run("git", "add", ".", cwd=work)
    run("git", "commit", "-q", "-m", "from a friend", cwd=work)
    run("git", "push", "-q", "origin", "HEAD", cwd=work)
    newest = lib.log(limit=1)[0]
    assert (newest.message, newest.author) == ("from a friend", "Grace <grace@example.org>")
    digests = [hashlib.sha256(part).hexdigest() for part in (data, data[:100_000])]
    with audobon.Library.open(folder) as again:
        assert again.verify().problems == ()
    again_work = clone(run, lib, tmp_path / "again")
    assert (again_work / "My Assets" / "large.bin").read_bytes() == data
    assert "OK" in run("git", "lfs", "fsck", cwd=again_work).stdout
    listed = run("git", "lfs", "ls-files", "--long", cwd=again_work).stdout
    assert all(digest in listed for digest in digests)


def test_an_object_that_is_not_there_is_named(
    run: Run, lib: audobon.Library, tmp_path: Path
) -> None:
    work = clone(run, lib, tmp_path / "work")
    lost = hashlib.sha256(b"nobody has this").hexdigest()
    (work / "My Assets" / "lost.bin").write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{lost}\nsize 15\n"
    )
    run("git", "-c", "filter.lfs.clean=cat", "add", ".", cwd=work)
    run("git", "commit", "-q", "-m", "a pointer to nothing", cwd=work)
    refused = run("git", "lfs", "pull", cwd=work, check=False)
    assert refused.returncode != 0
    assert f"the chunk store has no file {lost}" in refused.stderr


def test_the_commands_of_the_page_work(
    run: Run, lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("the page's commands need bash")
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 3
    friend = "oak-from-a-friend.png"
    (tmp_path / friend).write_bytes(png_bytes(20, 20))
    lines = "\n".join(blocks).replace(f"cp {friend}", f"cp ../{friend}")
    run(shell, "-euc", lines)
    assert lib.log(limit=1)[0].message == "Oak from a friend"
    lib.restore("oak.png", "HEAD~1", tmp_path / "before.png")
    assert (tmp_path / "before.png").read_bytes() == png_bytes(17, 17)
    checkout = tmp_path / "checkout" / "My Assets"
    assert (checkout / "large.bin").read_bytes() == (folder / "large.bin").read_bytes()


def talk(folder: Path, scratch: Path, *requests: dict[str, Any] | bytes) -> list[dict[str, Any]]:
    """What the agent answers, without git-lfs between."""
    said: list[dict[str, Any]] = []
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in requests]
    lfs.serve(folder, scratch, lines, said.append)
    return said


def test_one_bad_object_does_not_end_the_conversation(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    digest = lib.get("large.bin").digest
    said = talk(
        folder, tmp_path / "scratch",
        {"event": "init", "operation": "download"},
        {"event": "download", "oid": "../../etc/passwd", "size": 1},
        {"event": "download", "oid": "0" * 64, "size": 1},
        {"event": "upload", "oid": digest, "size": 9, "path": str(folder / "oak.png")},
        {"event": "upload", "oid": digest, "size": 9, "path": str(folder / "nowhere")},
        {"event": "download", "oid": digest, "size": 3_000_000},
        {"event": "terminate"},
        b"never read",
    )  # fmt: skip
    assert said[0] == {}
    done = [one for one in said if one.get("event") == "complete"]
    assert [one.get("error", {}).get("code") for one in done] == [10, 20, 30, 20, None]
    assert Path(done[-1]["path"]).read_bytes() == (folder / "large.bin").read_bytes()
    progress = [one for one in said if one.get("event") == "progress" and one["oid"] == digest]
    assert progress[-1]["bytesSoFar"] == 3_000_000
    assert len(list((tmp_path / "scratch").iterdir())) == 1


def test_a_client_never_gets_other_bytes_where_a_compressor_is_missing(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    rows = noise(200_000, 4).hex().encode()
    (folder / "sky.zip").write_bytes(_zipped(rows))
    lib.add(folder)
    lib.commit("three")
    digest = lib.get("sky.zip").digest
    chunks = lib._stores.chunks
    chunks.repack(digest)
    (step,) = chunks.chain(digest)
    # As another machine sees it: level 1 of its zlib, which is not the one here.
    raw, stream = tmp_path / "raw", tmp_path / "stream"
    raw.write_bytes(_zipped(rows))
    with raw.open("rb") as file, stream.open("w+b") as out:
        fold(file, raw.stat().st_size, out, folder=tmp_path)
    data = stream.read_bytes()
    assert data.count(bytes((2, 6, 0, 8, 0))) == 1
    stream.write_bytes(data.replace(bytes((2, 6, 0, 8, 0)), bytes((2, 1, 0, 8, 0))))
    at = step.params.index(b"zlib ")
    strange = Transform(step.name, step.params[: at - 1] + b"\x08zlib 0.1")
    chunks.replace(digest, stream, chain=(strange,))
    said = talk(
        folder, tmp_path / "scratch",
        {"event": "init", "operation": "download"},
        {"event": "download", "oid": digest, "size": raw.stat().st_size},
        {"event": "terminate"},
    )  # fmt: skip
    error = said[-1]["error"]
    assert error["code"] == Unavailable.code
    assert "zlib 0.1" in error["message"]
    assert list((tmp_path / "scratch").iterdir()) == []
    # People who restore it get what is in it, and are told.
    done = lib.restore("sky.zip", "HEAD", tmp_path / "out.zip")
    assert done.note == "zlib 0.1 is not here"
    with zipfile.ZipFile(done) as opened:
        assert opened.read("sky.txt") == rows


def _zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(zipfile.ZipInfo("sky.txt"), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_what_is_no_library_is_said_at_once(tmp_path: Path) -> None:
    (said,) = talk(tmp_path, tmp_path, {"event": "init", "operation": "upload"})
    assert said["error"]["code"] == 21


@pytest.mark.parametrize("line", [b"", b"hello", b"[]", b'{"oid": "x"}'])
def test_what_is_no_request_ends_it(tmp_path: Path, line: bytes) -> None:
    with pytest.raises(Invalid, match="no request"):
        talk(tmp_path, tmp_path, line)


def test_requests_come_in_order(tmp_path: Path, lib: audobon.Library, folder: Path) -> None:
    (said,) = talk(folder, tmp_path, {"event": "download", "oid": "0" * 64})
    assert said["error"]["code"] == 10
    with pytest.raises(Unsupported, match="'rename'"):
        talk(folder, tmp_path, {"event": "init"}, {"event": "rename"})
