"""The vault of a library: what is refused without its key, and what the doctor says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audobon.errors import AudobonError


def doctor_of(lib: Any) -> list[list[str]]:
    """What it says of the encryption: as it is, and with a file that tells a name."""
    told = []
    planted = lib.state_path / "derived" / "planted.txt"
    for _ in range(2):
        found = [one for one in lib.doctor().checks if one.name == "encryption"]
        told += [[one.state, one.message] for one in found]
        planted.write_text("something about graumoos-oak.png")
    planted.unlink()
    return told


def refused(folder: Path, phrase: str, cheap: Any) -> dict[str, list[Any]]:
    """What is said without the key while the catalog is gone, and whether anything was changed."""
    from audobon.services.places import homevault, sealing
    from audobon.services.versioning import opening

    told: dict[str, list[Any]] = {}
    state = folder / ".audobon"
    other = folder.parent / "other"
    other.mkdir()
    homevault.make(other, phrase, costs=cheap, floor=cheap)
    open_stores = opening.open_stores.__wrapped__  # type: ignore[attr-defined]
    right = homevault.Means(phrase, floor=cheap)

    def attempt(what: str, means: Any) -> None:
        sealing._open_keys.clear()
        before = _files(state)
        try:
            open_stores(folder, "Ada", read_only=False, means=means).close()
            told[what] = ["opened"]
        except AudobonError as error:
            told[what] = [type(error).__name__, _files(state) == before]

    with _moved(state / "catalog.db"):
        attempt("wrong", homevault.Means("not this one", floor=cheap))
        attempt("wrong recovery key", homevault.Means(recovery="AAAA-BBBB", floor=cheap))
        attempt("nothing", None)
        with _moved(state / "vault"):
            attempt("vault is gone", right)
            (other / "vault").rename(state / "vault")
            attempt("another vault", right)
            (state / "vault").rename(other / "vault")
        with _moved(state / "library.sealed"):
            attempt("settings are gone", right)
    homevault.change_passphrase(state, right, "another passphrase", costs=cheap)
    attempt("the old passphrase", right)
    after = homevault.Means("another passphrase", floor=cheap)
    paper = homevault.new_recovery(state, after)
    attempt("the new one", after)
    attempt("the recovery key", homevault.Means(recovery=paper, floor=cheap))
    homevault.change_passphrase(state, after, phrase, costs=cheap)
    return told


@contextmanager
def _moved(path: Path) -> Iterator[None]:
    away = path.with_name(f"{path.name}.away")
    path.rename(away)
    try:
        yield
    finally:
        away.rename(path)


def _files(state: Path) -> list[tuple[str, int, int]]:
    """Names, sizes and times of all that could be changed; locks are taken and let go."""
    return sorted(
        (path.as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
        for path in state.rglob("*")
        if path.is_file() and "/lock/" not in path.as_posix()
    )
