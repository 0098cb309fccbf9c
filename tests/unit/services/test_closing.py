"""A library that is closed leaves nothing open, also where closing a part of it fails."""

from __future__ import annotations

import contextlib
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
