"""Makes a sealed history with words that nobody may see, and tells what was found; no test.

Where words lie in clear while it is open, closed and copied, and what is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audobon.errors import AudobonError, Corrupt
from audobon.storage.history import Author, History, TreeChange
from audobon.storage.vault.secret import Secret

KEY, OTHER = Secret(bytes(range(32))), Secret(bytes(range(1, 33)))
TIME = datetime(2026, 3, 1, tzinfo=UTC)


def fill(folder: Path, key: Secret | None) -> tuple[History, dict[str, bytes]]:
    history = History.create(folder, key=key)
    # What packs cannot shorten, so that a plain repository shows it too.
    contents = b"graumoos-content" + bytes(range(256))
    changes = [TreeChange(b"graumoos-path/%d" % n, contents + b"%d" % n) for n in range(3)]
    made = history.commit(
        changes,
        message="graumoos-message",
        author=Author("graumoos-author"),
        time=TIME,
        expected=None,
    )
    history.add_branch("graumoos-branch")
    history.set_ref("refs/graumoos/ref", made.id)
    blob = next(id for _, id in history.walk("HEAD"))
    return history, {
        "word": b"graumoos",
        "commit": made.id.encode(),
        "commit, raw": bytes.fromhex(made.id),
        "blob": blob.encode(),
        "blob, raw": bytes.fromhex(blob),
        "main": b"refs/heads/main",
        "table": b"CREATE TABLE",
        "header": b"SQLite format 3",
        "key": KEY.reveal(),
        "key, hex": KEY.reveal().hex().encode(),
    }


def seen(folder: Path, needles: dict[str, bytes]) -> list[str]:
    found = set()
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        data += str(path.relative_to(folder)).replace("/", "").encode() + str(path).encode()
        found |= {what for what, needle in needles.items() if needle in data}
    return sorted(found)


def refusal(call: Callable[[], object]) -> str:
    try:
        call()
    except AudobonError as error:
        return f"{type(error).__name__}: {error.message}"
    return "nothing"


def look_at(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = {}
    folder.mkdir()
    plain, needles = fill(folder / "plain", None)
    plain.close()
    told["plain"] = seen(folder / "plain", needles)
    sealed, needles = fill(folder / "sealed", KEY)
    told["open"] = seen(folder / "sealed", needles)
    sealed.copy_to(folder / "copy", key=OTHER)
    sealed.close()
    told["closed"] = seen(folder / "sealed", needles)
    told["copy"] = seen(folder / "copy", needles)
    told["files"] = sorted(path.name for path in (folder / "sealed").iterdir())
    (folder / "cut").mkdir()
    (folder / "cut" / "sealed.json").write_bytes((folder / "sealed" / "sealed.json").read_bytes())
    data = bytearray((folder / "sealed" / "history.db").read_bytes())
    (folder / "turned").mkdir()
    (folder / "turned" / "sealed.json").write_bytes((folder / "cut" / "sealed.json").read_bytes())
    data[2 * 4096 + 50] ^= 1
    (folder / "turned" / "history.db").write_bytes(data)

    def read_turned() -> None:
        with History.open(folder / "turned", key=KEY) as history:
            for problem in history.check(full=True):
                raise Corrupt(problem)
            history.log()

    told["refused"] = {
        "no key": refusal(lambda: History.open(folder / "sealed")),
        "another key": refusal(lambda: History.open(folder / "sealed", key=OTHER)),
        "another key, reading": refusal(
            lambda: History.open(folder / "sealed", read_only=True, key=OTHER)
        ),
        "a short key": refusal(lambda: History.create(folder / "new", key=Secret(b"short"))),
        "a key for one in clear": refusal(lambda: History.open(folder / "plain", key=KEY)),
        "no database": refusal(lambda: History.open(folder / "cut", key=KEY)),
        "a turned bit": refusal(read_turned),
    }
    told["left"] = sorted(path.name for path in folder.iterdir())
    with History.open(folder / "copy", key=OTHER, read_only=True) as history:
        told["read"] = history.log()[0].message
    return told
