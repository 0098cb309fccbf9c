"""SQLite for the rest of the package, and the only room that knows apsw.

==============  ==============================================================
``opening``     a connection, in clear or under a key: the only place that makes one
``database``    a file as connections and transactions
``connecting``  one opened by its path, under the key that it lies under
``derived``     a file of which nothing is truth
``replace``     a damaged file gets new content while others have it open
``scrubbing``   rows that name something, removed without a trace in the file
``pages``       what an encrypted file would be in clear, in memory, and back
``rekeying``    one under an older key, written again under the newest
``errors``      what SQLite says, as errors of this package
==============  ==============================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.storage.sqlite.connecting import connect
from audobon.storage.sqlite.database import Database, Params, Row
from audobon.storage.sqlite.derived import DerivedFile
from audobon.storage.sqlite.errors import MEND_HINT
from audobon.storage.sqlite.opening import (
    KEY_SIZE,
    Key,
    can_encrypt,
    is_under,
    need_ciphers,
    older_keys,
)
from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.storage.sqlite.pages import in_clear, pages_of, under_key
    from audobon.storage.sqlite.rekeying import need_alone, rekey
    from audobon.storage.sqlite.replace import copy_as_is, replace_content
    from audobon.storage.sqlite.scrubbing import scrub_file, texts_of

__all__ = [
    "KEY_SIZE",
    "MEND_HINT",
    "Database",
    "DerivedFile",
    "Key",
    "Params",
    "Row",
    "can_encrypt",
    "connect",
    "copy_as_is",
    "in_clear",
    "is_under",
    "need_alone",
    "need_ciphers",
    "older_keys",
    "pages_of",
    "rekey",
    "replace_content",
    "scrub_file",
    "texts_of",
    "under_key",
]

_HOMES = {
    "pages": "in_clear pages_of under_key",
    "rekeying": "need_alone rekey",
    "replace": "copy_as_is replace_content",
    "scrubbing": "scrub_file texts_of",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
