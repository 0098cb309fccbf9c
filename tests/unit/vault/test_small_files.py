"""Small files of a library, in clear and sealed: one contract, and what only keys have to do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from vault_support import some_keys

from audobon.errors import AudobonError, Conflict, Corrupt, NewerFormat, Unavailable
from audobon.storage.vault.keys import Keys
from audobon.storage.vault.secret import Secret
from audobon.storage.vault.smallfiles import SealedSmallFiles
from audobon.system.smallfiles import PLAIN, SmallFiles

WORD = "graumoos-plank"
LINES = [f'{{"n":{n},"what":"{WORD}","who":"Änne"}}' for n in range(1, 9)]


@pytest.fixture
def keys() -> Keys:
    return some_keys()


@pytest.fixture(params=["plain", "sealed"])
def files(request: pytest.FixtureRequest, keys: Keys, tmp_path: Path) -> SmallFiles:
    return PLAIN if request.param == "plain" else SealedSmallFiles(keys, tmp_path)


@pytest.fixture
def sealed(keys: Keys, tmp_path: Path) -> SealedSmallFiles:
    return SealedSmallFiles(keys, tmp_path)


def extended(files: SmallFiles, path: Path, lines: list[str]) -> list[str]:
    """What the writer was told is the last line, and the log afterwards."""
    told: list[str] = []

    def more(last: str) -> Iterator[str]:
        told.append(last)
        return iter(lines)

    files.extend(path, more)
    return [*told, *(str(line) for line in files.lines(path))]


@pytest.mark.parametrize("size", [0, 1, 1024, 65_536, 200_001])
def test_what_is_written_is_read(files: SmallFiles, tmp_path: Path, size: int) -> None:
    path, data = tmp_path / "merge.json", os.urandom(size)
    files.write(path, b"older")
    files.write(path, data, durable=False)
    assert files.read(path) == data
    assert [each.name for each in tmp_path.iterdir()] == ["merge.json"]
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileNotFoundError):
        files.read(tmp_path / "other.json")


def test_what_somebody_else_writes_and_reads(files: SmallFiles, tmp_path: Path) -> None:
    made, data = tmp_path / "made", os.urandom(150_000)
    made.mkdir()
    with files.workplace(made) as work:
        (work / "a.png").write_bytes(data)
        (work / "b.json").write_bytes(b"")
    assert files.read(made / "a.png") == data
    assert (files.size(made / "a.png"), files.size(made / "b.json")) == (150_000, 0)
    with files.as_file(made / "a.png") as opened:
        assert (opened.name, opened.read_bytes()) == ("a.png", data)
    assert work == opened.parent == made or not (work.exists() or opened.exists())
    broken = files.workplace(made)
    (broken.__enter__() / "c.png").write_bytes(data)
    error = ZeroDivisionError()
    with contextlib.suppress(ZeroDivisionError):
        broken.__exit__(ZeroDivisionError, error, None)
    assert (made / "c.png").exists() is not files.sealed
    name = files.name("0" * 64)
    assert (len(name), name == "0" * 64) == (64, not files.sealed)
    assert name == files.name("0" * 64) != files.name("1" * 64)


def test_a_log_grows_by_what_comes_after_its_last_line(files: SmallFiles, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert extended(files, path, []) == [""]
    assert extended(files, path, LINES[:3]) == ["", *LINES[:3]]
    long = '{"n":0,"what":"' + "x" * 100_000 + '"}'
    assert extended(files, path, [long]) == [LINES[2], *LINES[:3], long]
    before = path.read_bytes()
    assert extended(files, path, LINES[3:]) == [long, *LINES[:3], long, *LINES[3:]]
    assert path.read_bytes().startswith(before), "what was there was written again"
    assert path.stat().st_mode & 0o777 == 0o600
    files.write_lines(path, LINES)
    assert list(files.lines(path)) == LINES
    assert extended(files, path, []) == [LINES[-1], *LINES]


def test_what_a_kill_left_of_a_line_goes(files: SmallFiles, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    files.write_lines(path, LINES[:2])
    whole = path.read_bytes()
    extended(files, path, LINES[2:3])
    third = path.read_bytes()[len(whole) :]
    for left in (third[:1], third[:5], third[: len(third) // 2], third[:-1], b"\0" * 700):
        path.write_bytes(whole + left)
        assert list(files.lines(path)) == LINES[:2]
        assert extended(files, path, LINES[2:3]) == [LINES[1], *LINES[:3]]
    for size in range(0, 48, 16):  # its first line, or its head, was not whole
        path.write_bytes(whole[:size])
        assert extended(files, path, LINES[:1]) == ["", LINES[0]]


def test_a_writer_that_refuses_changes_nothing(files: SmallFiles, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    files.write_lines(path, LINES[:2])
    with path.open("ab") as stream:
        stream.write(b'{"half')
    before = path.read_bytes()

    def more(last: str) -> list[str]:
        raise Corrupt(last)

    with pytest.raises(Corrupt):
        files.extend(path, more)
    assert path.read_bytes() == before


def test_nothing_can_be_read_without_the_keys(
    sealed: SealedSmallFiles, keys: Keys, tmp_path: Path
) -> None:
    path, log = tmp_path / "merge.json", tmp_path / "audit.jsonl"
    sealed.write(path, f'{{"name":"{WORD}"}}'.encode())
    extended(sealed, log, LINES)
    for each in (path, log):
        assert WORD.encode() not in each.read_bytes()
    # Lengths tell little of short ones.
    other = tmp_path / "moving.json"
    sealed.write(other, b"{}")
    assert other.stat().st_size == path.stat().st_size
    for each in (path, log):
        for call in (PLAIN.read, lambda path: list(PLAIN.lines(path))):
            with pytest.raises(Unavailable, match="encrypted"):
                call(each)
    with pytest.raises(Unavailable, match="encrypted"):
        PLAIN.extend(log, lambda _: ["x"])
    stranger = SealedSmallFiles(some_keys(), tmp_path)
    with pytest.raises(Corrupt):
        list(stranger.lines(log))
    with pytest.raises(Conflict):
        stranger.read(path)
    renewed = evolve(
        keys, masters={**keys.masters, b"n" * 16: Secret(os.urandom(32))}, current=b"n" * 16
    )
    newer = SealedSmallFiles(renewed, tmp_path)
    assert list(newer.lines(log)) == LINES
    newer.write_lines(log, LINES)
    with pytest.raises(Conflict, match="newer key"):
        list(sealed.lines(log))


def test_a_file_in_clear_is_never_taken(sealed: SealedSmallFiles, tmp_path: Path) -> None:
    path, log = tmp_path / "merge.json", tmp_path / "audit.jsonl"
    PLAIN.write(path, b"{}")
    PLAIN.write_lines(log, LINES)
    before = log.read_bytes()
    with pytest.raises(Unavailable, match="in clear"):
        sealed.read(path)
    for call in (lambda: list(sealed.lines(log)), lambda: sealed.extend(log, lambda _: ["x"])):
        with pytest.raises(Unavailable, match="in clear"):
            call()
    assert log.read_bytes() == before


def test_every_changed_byte_of_a_file_is_found(sealed: SealedSmallFiles, tmp_path: Path) -> None:
    path, other = tmp_path / "merge.json", tmp_path / "moving.json"
    sealed.write(path, b"{}")
    data = path.read_bytes()
    for at in range(0, len(data), 7):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(AudobonError):
            sealed.read(path)
    for cut in (0, 1, 99, len(data) - 1):
        path.write_bytes(data[:cut])
        with pytest.raises(Corrupt, match=r"merge\.json"):
            sealed.read(path)
    other.write_bytes(data)  # one file in the place of another
    with pytest.raises(Corrupt, match=r"moving\.json"):
        sealed.read(other)


def test_every_changed_byte_of_a_log_is_found(sealed: SealedSmallFiles, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    sealed.write_lines(path, LINES[:3])
    data = path.read_bytes()
    size = (len(data) - 96) // 3
    for at in range(0, len(data) - size, 5):  # but for the last line, which looks like a kill then
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            found = list(sealed.lines(path))
        except (Corrupt, NewerFormat):
            assert at < 96
            continue
        assert None in found, at
        assert set(found) <= {None, *LINES[:3]}
        assert extended(sealed, path, LINES[3:4])[0] == LINES[2], "and it is not mended in silence"
        assert None in list(sealed.lines(path))
    swapped = data[:96] + data[96 + size : 96 + 2 * size] + data[96 : 96 + size]
    path.write_bytes(swapped + data[96 + 2 * size :])
    assert list(sealed.lines(path)) == [None, None, LINES[2]]
    path.write_bytes(data[: 96 + size] + data[96 + 2 * size :])  # one taken out
    assert list(sealed.lines(path)) == [LINES[0], None]
    with pytest.raises(Corrupt, match="last line"):
        sealed.extend(path, lambda _: ["x"])
