"""Two libraries and a place of objects, by a random walk; every byte compared."""

from __future__ import annotations

import random
import shutil
import tempfile
import uuid
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from audobon import Library
from audobon.errors import Conflict

NAMES = ("oak", "elm", "fir")


class TwoMachines(RuleBasedStateMachine):
    """Each machine edits its own files; what one has pushed the other gets, bit for bit."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="audobon-two-"))
        self.url = f"memory:{uuid.uuid4().hex}"
        self.made: list[Library] = []
        self.contents: list[dict[str, bytes]] = [{}, {}]
        self.history: list[list[str]] = [[], []]

    @initialize(lazy=st.booleans())
    def begin(self, lazy: bool) -> None:
        ada = Library.create(self.base / "ada", "Art", author="Ada <a@x>")
        self.made.append(ada)
        ada.remotes.add("origin", self.url)
        self._write(0, "oak", 1)
        ada.commit("first")
        ada.push("origin")
        self.made.append(Library.clone(self.url, self.base / "bob", lazy=lazy, author="Bob <b@x>"))

    def _write(self, who: int, name: str, seed: int) -> None:
        library = self.made[who]
        path = library.path / f"{who}-{name}.txt"
        data = random.Random(seed).randbytes(40_000).hex().encode()
        path.write_bytes(data)
        library.add([path])
        self.contents[who][path.name] = data

    @rule(who=st.integers(0, 1), name=st.sampled_from(NAMES), seed=st.integers(0, 9))
    def edit(self, who: int, name: str, seed: int) -> None:
        self._write(who, name, seed)

    @rule(who=st.integers(0, 1), name=st.sampled_from(NAMES))
    def tag(self, who: int, name: str) -> None:
        library = self.made[who]
        if f"{who}-{name}.txt" in self.contents[who]:
            library.edit([f"{who}-{name}.txt"], add_tags=[f"{who}"])

    @rule(who=st.integers(0, 1))
    def exchange(self, who: int) -> None:
        """Commit, take in what the other has, push."""
        library = self.made[who]
        library.commit("a version")
        while True:
            report = library.pull("origin")
            assert report.conflicts == 0
            try:
                library.push("origin")
                break
            except Conflict:
                continue
        self.history[who].append(library.log()[0].id)

    @rule()
    def everything(self) -> None:
        """Both have all of the other's files, and a third machine gets them too."""
        for who in (0, 1, 0):
            self.exchange(who)
        third = self.base / uuid.uuid4().hex
        expected = {**self.contents[0], **self.contents[1]}
        with Library.clone(self.url, third, lazy=False) as new:
            assert {p.name: p.read_bytes() for p in new.path.glob("*.txt")} == expected
            assert new.verify().ok
        shutil.rmtree(third)
        for library in self.made:
            library.fetch([hit.asset for hit in library.search("state:remote").hits])
            assert {p.name: p.read_bytes() for p in library.path.glob("*.txt")} == expected

    @invariant()
    def nothing_of_ones_own_changes(self) -> None:
        for library, contents in zip(self.made, self.contents, strict=False):
            for name, data in contents.items():
                path = library.path / name
                assert not path.exists() or path.read_bytes() == data

    def teardown(self) -> None:
        for library in self.made:
            library.close()
        shutil.rmtree(self.base, ignore_errors=True)


TestTwoMachines = TwoMachines.TestCase
TestTwoMachines.settings = settings(
    max_examples=3,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
