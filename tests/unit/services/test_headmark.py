"""The mark of the newest version changes with it, wherever git keeps the reference."""

from __future__ import annotations

import subprocess
from pathlib import Path

import audobon


def test_mark_changes_with_versions_and_branches_only(tmp_path: Path) -> None:
    root = tmp_path / "Assets"
    root.mkdir()
    (root / "note.txt").write_text("one")
    with audobon.Library.create(root, author="Test <test@localhost>") as library:
        marks = [library.head_mark]
        assert marks == [""]
        library.add([root])
        library.commit("first")
        marks.append(library.head_mark)
        library.edit("note.txt", rating=3)
        assert library.head_mark == marks[-1]
        library.commit("second")
        marks.append(library.head_mark)
        library.branch("other")
        library.switch("other")
        marks.append(library.head_mark)
        assert len(set(marks)) == 4
        git = ["git", "-C", str(library.state_path / "history.git"), "pack-refs", "--all"]
        subprocess.run(git, check=True, capture_output=True)
        packed = library.head_mark
        assert packed
        library.edit("note.txt", rating=4)
        library.commit("third")
        assert library.head_mark not in {packed, *marks}
