"""The tables of the catalog, and the way from older forms of them to this one."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.errors import Corrupt, NewerFormat, ReadOnly
from audobon.storage.sqlite import Database

__all__ = ["APPLICATION_ID", "MIGRATIONS", "VERSION", "is_empty", "migrate"]

APPLICATION_ID = 0x41554442
"""``AUDB`` in the file's header: ``file`` and we ourselves can tell it from any other database."""

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row. seq grows with every change, in the order of commits; words is the
-- seq of the last change to tags, their aliases or parents.
CREATE TABLE clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    words INTEGER NOT NULL
);
INSERT INTO clock VALUES (1, 0, 0);

CREATE TABLE root (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL UNIQUE
);

CREATE TABLE catalog (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    parent INTEGER REFERENCES catalog (key),
    name TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    path_fold TEXT NOT NULL UNIQUE
);
CREATE INDEX catalog_parent ON catalog (parent);

-- AUTOINCREMENT: a key is never given out twice, so that the change log and
-- the search index can name a row by it for ever.
-- The columns that a scan of the disk needs stand first: long text behind them
-- then stays unread.
CREATE TABLE asset (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    root INTEGER NOT NULL REFERENCES root (key),
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('present', 'missing', 'removed')),
    seq INTEGER NOT NULL,
    path_fold TEXT NOT NULL,
    kind TEXT NOT NULL,
    format TEXT NOT NULL,
    partial BLOB NOT NULL,
    digest TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
    catalog INTEGER REFERENCES catalog (key),
    added INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    last_used INTEGER,
    facts TEXT NOT NULL DEFAULT '{}',
    attributes TEXT NOT NULL DEFAULT '{}',
    mixed INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    check_hash INTEGER NOT NULL DEFAULT 0,
    text TEXT NOT NULL DEFAULT ''
);
-- A path belongs to one asset; removed ones keep theirs without being in the way.
CREATE UNIQUE INDEX asset_path ON asset (root, path, iif(state = 'removed', key, 0));
CREATE INDEX asset_fold ON asset (path_fold);
CREATE INDEX asset_partial ON asset (partial, size);
CREATE INDEX asset_digest ON asset (digest) WHERE digest <> '';
CREATE INDEX asset_seq ON asset (seq);
CREATE INDEX asset_state ON asset (state, key);
CREATE INDEX asset_catalog ON asset (catalog) WHERE catalog IS NOT NULL;

CREATE TABLE tag (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    fold TEXT NOT NULL UNIQUE,
    parent INTEGER REFERENCES tag (key)
);
CREATE INDEX tag_parent ON tag (parent);
CREATE TABLE tag_alias (
    fold TEXT PRIMARY KEY,
    alias TEXT NOT NULL,
    tag INTEGER NOT NULL REFERENCES tag (key)
) WITHOUT ROWID;
CREATE INDEX tag_alias_tag ON tag_alias (tag);
CREATE TABLE asset_tag (
    asset INTEGER NOT NULL REFERENCES asset (key),
    tag INTEGER NOT NULL REFERENCES tag (key),
    PRIMARY KEY (asset, tag)
) WITHOUT ROWID;
CREATE INDEX asset_tag_reverse ON asset_tag (tag, asset);

CREATE TABLE relationship (
    src INTEGER NOT NULL REFERENCES asset (key),
    kind TEXT NOT NULL,
    dst INTEGER NOT NULL REFERENCES asset (key),
    PRIMARY KEY (src, kind, dst)
) WITHOUT ROWID;
CREATE INDEX relationship_reverse ON relationship (dst, kind, src);

CREATE TABLE usage_event (
    asset INTEGER NOT NULL REFERENCES asset (key),
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX usage_event_asset ON usage_event (asset, at);

-- undoable and undone together: 1,0 can be undone; 1,1 can be redone;
-- 0,1 was undone and then overtaken by another change.
CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    author TEXT NOT NULL,
    time INTEGER NOT NULL,
    undoable INTEGER NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX change_seq ON change (seq);
CREATE INDEX change_stack ON change (undone, id) WHERE undoable = 1;
-- what names the table, key the row; before and after hold what differs, as
-- JSON, NULL for "no such row" or, on assets, "nothing of its own".
CREATE TABLE change_item (
    change INTEGER NOT NULL REFERENCES change (id),
    position INTEGER NOT NULL,
    what TEXT NOT NULL,
    key INTEGER NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (change, position)
) WITHOUT ROWID;

CREATE TABLE saved_set (name TEXT PRIMARY KEY, query TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    payload TEXT NOT NULL,
    progress REAL NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    worker TEXT NOT NULL DEFAULT '',
    error_code INTEGER,
    error TEXT,
    result TEXT,
    cancel INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER
);
CREATE UNIQUE INDEX job_key ON job (key) WHERE state IN ('queued', 'running');
CREATE INDEX job_order ON job (state, priority, id);
"""

_SECOND = """
-- What components propose. A word need not be a tag, or can be an alias of one:
-- what it means is looked up when it is read.
CREATE TABLE suggestion (
    asset INTEGER NOT NULL REFERENCES asset (key),
    component TEXT NOT NULL,
    fold TEXT NOT NULL,
    word TEXT NOT NULL,
    version TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (asset, component, fold)
) WITHOUT ROWID;

-- What people said to it; no row goes but by undo. tag is the tag that the word
-- meant then, 0 when there was none; it may be gone by now, so it is no reference.
CREATE TABLE decision (
    asset INTEGER NOT NULL REFERENCES asset (key),
    fold TEXT NOT NULL,
    word TEXT NOT NULL,
    tag INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'rejected')),
    component TEXT NOT NULL,
    score REAL,
    PRIMARY KEY (asset, fold, tag)
) WITHOUT ROWID;
CREATE INDEX decision_word ON decision (fold);
CREATE INDEX decision_tag ON decision (tag) WHERE tag <> 0;

CREATE TABLE rule (
    fold TEXT NOT NULL,
    word TEXT NOT NULL,
    tag INTEGER NOT NULL,
    rule TEXT NOT NULL CHECK (rule IN ('always', 'never')),
    PRIMARY KEY (fold, tag)
) WITHOUT ROWID;
"""

_THIRD = """
-- Versions hold decisions from now on: what was decided before goes into the next one.
UPDATE asset SET seq = (SELECT seq FROM clock) + (
    SELECT count(DISTINCT d.asset) FROM decision d WHERE d.asset <= asset.key
) WHERE key IN (SELECT asset FROM decision);
UPDATE clock SET seq = seq + (SELECT count(DISTINCT asset) FROM decision);
"""

_FOURTH = """
-- What helps when a job has failed.
ALTER TABLE job ADD COLUMN hint TEXT NOT NULL DEFAULT '';
"""

_FIFTH = """
-- The colours of a picture by the sha256 of its file, four bytes each: red, green, blue, share.
-- Derived; empty where there are none to be known. seq is the clock's when it was learnt: assets
-- keep theirs, because nothing of them has changed, and the search index reads both.
CREATE TABLE color (
    digest TEXT PRIMARY KEY,
    swatches BLOB NOT NULL,
    seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX color_seq ON color (seq);
"""

_SIXTH = """
-- Which assets are one thing by their names. Derived: no row is no loss. Equal stems may be one
-- thing; lead is the asset that is shown for it, 0 for one that stands alone. seq is the clock's
-- when lead changed: assets keep theirs, and the search index reads both.
CREATE TABLE bundle (
    asset INTEGER PRIMARY KEY REFERENCES asset (key),
    stem INTEGER NOT NULL,
    lead INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX bundle_stem ON bundle (stem);
CREATE INDEX bundle_lead ON bundle (lead) WHERE lead <> 0;
CREATE INDEX bundle_seq ON bundle (seq) WHERE seq <> 0;
"""

_SEVENTH = """
-- Who did what: entries are added and nothing else, each with the hash of the one before. The
-- triggers are for accidents; audit_head, versions and a file tell of what is done on purpose.
CREATE TABLE audit (n INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TRIGGER audit_kept BEFORE UPDATE ON audit BEGIN
    SELECT raise(ABORT, 'an entry of the audit log is never changed');
END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN
    SELECT raise(ABORT, 'an entry of the audit log is never removed');
END;
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n INTEGER NOT NULL,
    hash TEXT NOT NULL
);
"""

_EIGHTH = """
-- What was taught of tags, a row for each version; in_use is 1 for one of them at most. fold names
-- the line of versions, tag is the tag that the word meant then, 0 when there was none. weights are
-- 32-bit floats, little-endian, the last one the bias.
CREATE TABLE head (
    fold TEXT NOT NULL,
    version INTEGER NOT NULL,
    word TEXT NOT NULL,
    tag INTEGER NOT NULL,
    made INTEGER NOT NULL,
    in_use INTEGER NOT NULL DEFAULT 0,
    refused TEXT NOT NULL,
    target REAL NOT NULL,
    promised INTEGER NOT NULL,
    threshold REAL NOT NULL,
    space TEXT NOT NULL,
    weights BLOB NOT NULL,
    card TEXT NOT NULL,
    PRIMARY KEY (fold, version)
);
CREATE UNIQUE INDEX head_in_use ON head (fold) WHERE in_use = 1;
"""

MIGRATIONS: tuple[str, ...] = (
    *(_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH, _SEVENTH, _EIGHTH),
)
"""Step n leads from version n to n + 1. A released step is never changed."""

VERSION = len(MIGRATIONS)


def migrate(db: Database, steps: Sequence[str] = MIGRATIONS) -> None:
    """Bring the database to the newest version, each step in a transaction of its own.

    NewerFormat when it is newer than ``steps`` know, Corrupt when it is some
    other program's database, ReadOnly when it is older and open for reading.
    """
    while (version := _version(db, len(steps))) < len(steps):
        if db.read_only:
            raise ReadOnly(
                f"{db.path.name} has format {version} and cannot be brought to {len(steps)} "
                "while it is open for reading only",
                subject=str(db.path),
                hint="open it once without read_only",
            )
        with db.write():
            if _version(db, len(steps)) != version:
                continue  # another process was quicker
            db.execute(steps[version])
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {version + 1}")


def is_empty(db: Database) -> bool:
    """Whether there is no table yet, as in a file of no bytes."""
    return not db.value("SELECT count(*) FROM sqlite_schema")


def _version(db: Database, newest: int) -> int:
    version = int(db.value("PRAGMA user_version"))
    tables = int(db.value("SELECT count(*) FROM sqlite_schema"))
    if db.value("PRAGMA application_id") != APPLICATION_ID and tables:
        raise Corrupt(f"{db.path.name} is not a catalog of Audobon", subject=str(db.path))
    if version > newest:
        raise NewerFormat(
            f"{db.path.name} has format {version}; this version reads up to {newest}",
            subject=str(db.path),
            hint="update Audobon",
        )
    return version
