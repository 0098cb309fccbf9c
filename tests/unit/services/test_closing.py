"""A library that is closed leaves nothing open, also where closing a part of it fails."""

from __future__ import annotations

import contextlib
import inspect
import sys
from pathlib import Path

import pytest

import audobon
from audobon.system.closing import close_all

FD = Path("/proc/self/fd")


def _open_files(folder: Path) -> list[str]:
    """What this process has open below a folder; nothing is known where the system tells none."""
    found = []
    for link in FD.glob("*"):
        with contextlib.suppress(OSError):
            found.append(str(link.readlink()))
    return [path for path in found if path.startswith(f"{folder}/")]


def test_all_are_called_and_the_first_error_is_raised() -> None:
    told: list[str] = []

    def fails(text: str) -> None:
        told.append(text)
        raise OSError(text)

    with pytest.raises(OSError, match="first") as caught:
        close_all((lambda: told.append("zero"), lambda: fails("first"), lambda: fails("second")))
    assert told == ["zero", "first", "second"]
    assert caught.value.__notes__ == ["then, closing the rest: OSError: second"]
    close_all(())


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open has its name there")
def test_a_store_that_cannot_be_closed_leaves_no_other_open(folder: Path) -> None:
    library = audobon.Library.create(folder)
    library.add([folder])
    library.lock("readme.txt")
    stores = library._stores
    ended: list[str] = []
    stores.before_close.append(lambda: ended.append("a thread"))
    stores.before_close.append((folder / "no such file").unlink)
    holder = stores.holder
    assert holder is not None
    holder.path.unlink()
    holder.path.mkdir()  # a file that cannot be removed: there is another thing in its place
    for opened in (stores.links, stores.previews, stores.imprints, stores.history, stores.chunks):
        assert opened is not None
    library.preview("readme.txt")
    assert _open_files(folder) or not FD.exists()
    with pytest.raises(FileNotFoundError, match="no such file") as caught:
        library.close()
    assert len(caught.value.__notes__) == 1, "the holder's file"
    assert ended == ["a thread"]
    assert stores.holder is None
    with pytest.raises(audobon.AudobonError, match="closed"):
        stores.catalog.roots()
    assert _open_files(folder) == []
    library.close()  # once more is nothing
    holder.path.rmdir()
    with audobon.Library.open(folder) as again:
        assert again.locks() == ()


_TOLD = {
    *("id", "name", "path", "state_path", "read_only", "encrypted", "recovery_key", "damaged"),
    *("recovered", "close"),
}
"""What a closed library still says: what it is and where it lies."""


def _answer(holder: object, name: str) -> str:
    """How a property, or a method that can be called with nothing, is refused; else what it is."""
    try:
        found = getattr(holder, name)
        if not callable(found):
            return "answers"
        for each in inspect.signature(found).parameters.values():
            if each.default is each.empty and each.kind is not each.VAR_KEYWORD:
                return "asks for more"
        found()
    except audobon.Unavailable as error:
        return f"{error.message}; {error.hint}"
    return "answers"


def _names(kind: type) -> list[str]:
    made = {"create", "open", "clone", "recover", "estimate_clone", "estimate_recover"}
    return [name for name in dir(kind) if not name.startswith("_") and name not in made]


def test_whatever_is_asked_of_a_closed_library_is_refused_with_what_helps(folder: Path) -> None:
    library = audobon.Library.create(folder)
    library.add([folder])
    library.commit("one")
    parts = (library, library.remotes, library.snapshots, library.keys, library.analytics)
    tags, audit, asset = library.tags, library.audit, library.assets()[0]
    library.close()
    told = {
        f"{type(part).__name__}.{name}": _answer(part, name)
        for part in parts
        for name in _names(type(part))
    }
    refusal = f"{library.name} is closed; open it again, as with audobon.Library.open("
    answers = {name for name, answer in told.items() if answer == "answers"}
    assert answers == {f"Library.{name}" for name in _TOLD}
    refused = [name for name, answer in told.items() if answer.startswith(refusal)]
    asks = [name for name, answer in told.items() if answer == "asks for more"]
    assert len(refused) + len(asks) + len(answers) == len(told)
    assert len(refused) > 60
    for call in (lambda: library.get(asset), lambda: library.edit(asset, rating=2), tags.list):
        with pytest.raises(audobon.Unavailable, match="closed") as caught:
            call()
        assert "open" in caught.value.hint
    with pytest.raises(audobon.Unavailable, match="closed"):
        audit.verify()
    assert str(folder) in repr(library)
    assert not FD.exists() or _open_files(folder) == []
    with audobon.Library.open(folder) as again:
        assert again.get(asset.id).name == asset.name
