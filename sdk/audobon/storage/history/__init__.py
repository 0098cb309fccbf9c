"""The truth about then: versions in a bare git repository that plain git and git-lfs read.

Trees hold Git LFS pointers at the paths of the users' files and one JSON
manifest per asset; ``docs/format/history.md`` describes them. With a key the
same objects lie in an encrypted database instead. This is the only
room that imports pygit2, and it does so on the first call that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.storage.history.pointer import parse_pointer, pointer
from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.history.history import History
    from audobon.storage.history.layout import (
        ATTRIBUTES_PATH,
        GITATTRIBUTES,
        LIBRARY_PATH,
        STATE_PREFIX,
        is_file_path,
        manifest_path,
    )
    from audobon.storage.history.values import (
        Author,
        Branch,
        HistoryStats,
        PackReport,
        Tag,
        TreeChange,
        TreeDiff,
        TreeFork,
        check_path,
    )

__all__ = [
    "ATTRIBUTES_PATH",
    "GITATTRIBUTES",
    "LIBRARY_PATH",
    "STATE_PREFIX",
    "Author",
    "Branch",
    "History",
    "HistoryStats",
    "PackReport",
    "Tag",
    "TreeChange",
    "TreeDiff",
    "TreeFork",
    "check_path",
    "is_file_path",
    "manifest_path",
    "parse_pointer",
    "pointer",
]

_HOMES = {
    "history": "History",
    "layout": "ATTRIBUTES_PATH GITATTRIBUTES LIBRARY_PATH STATE_PREFIX is_file_path manifest_path",
    "values": "Author Branch HistoryStats PackReport Tag TreeChange TreeDiff TreeFork check_path",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
