"""Both stores of jobs keep the same promises; the catalog's also between processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon.errors import Invalid
from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.catalog.schema import migrate
from audobon.storage.sqlite import Database, connect
from audobon.testing.jobs import MemoryJobStore
from audobon.testing.jobs_contract import JobStoreContract
from audobon.work.queue import JobStore


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = connect(tmp_path / "catalog.db")
    migrate(database)
    yield database
    database.close()


class TestMemoryJobStore(JobStoreContract):
    @pytest.fixture
    def store(self) -> JobStore:
        return MemoryJobStore()


class TestCatalogJobs(JobStoreContract):
    @pytest.fixture
    def store(self, database: Database) -> JobStore:
        return CatalogJobs(database)


def test_jobs_outlive_the_connection(tmp_path, database):
    job = CatalogJobs(database).submit("probe", {"path": "ä"}, priority=7)
    other = connect(tmp_path / "catalog.db")
    assert CatalogJobs(other).get(job.id) == job
    other.close()


def test_only_plain_data_is_stored(database):
    store = CatalogJobs(database)
    with pytest.raises(Invalid):
        store.submit("probe", {"path": object()})
    job = store.submit("probe", {})
    store.claim("w")
    with pytest.raises(Invalid):
        store.finish(job.id, {1})
    assert store.get(job.id).state == "running"


_CLAIMER = """
import sys
from pathlib import Path
from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.sqlite import connect
store = CatalogJobs(connect(Path(sys.argv[1])))
sys.stdin.read(1)
while (row := store.claim(sys.argv[2])) is not None:
    print(row.id, flush=True)
"""


def test_processes_never_claim_one_job_twice(tmp_path, database):
    store = CatalogJobs(database)
    wanted = [store.submit("probe", {"n": n}).id for n in range(120)]
    claimers = [
        subprocess.Popen(
            [sys.executable, "-c", _CLAIMER, str(tmp_path / "catalog.db"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    told = [process.communicate("x")[0].split() for process in claimers]
    assert [process.returncode for process in claimers] == [0, 0, 0]
    assert sorted(int(ident) for part in told for ident in part) == wanted
