"""One of several processes that work in one library at the same time.

``python crowdmember.py FOLDER NAME SEED SECONDS`` adds, edits, commits and
searches by chance until its time is over, then prints one line of JSON: what
it was told to be done, and every error that it met.
"""

from __future__ import annotations

import json
import random
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import audobon
from audobon.errors import Busy
from audobon.testing.pictures import png_bytes


class Member:
    def __init__(self, lib: audobon.Library, folder: Path, name: str, seed: int) -> None:
        self._lib = lib
        self._folder = folder
        self._name = name
        self._chance = random.Random(seed)
        self._shared = [hit.asset.id for hit in lib.search("kind:image path:set").hits]
        self.tags: dict[str, list[str]] = {}
        self.files: list[str] = []
        self.versions: list[str] = []
        self.errors: list[str] = []
        self.busy = 0

    def step(self) -> None:
        """Do one thing by chance."""
        what = self._chance.choices((self.add, self.edit, self.commit, self.search), (3, 6, 1, 4))
        try:
            what[0]()
        except Busy:
            self.busy += 1
        except BaseException:  # noqa: BLE001 - any error is a finding, and the test shows it
            self.errors.append(traceback.format_exc())

    def add(self) -> None:
        number = len(self.files) + 1
        new = self._folder / self._name / f"{self._name}_{number}.png"
        new.parent.mkdir(exist_ok=True)
        new.write_bytes(png_bytes(number, 1 + int(self._name[1:])))
        self.files.append(str(new))
        # Mostly the own folder; now and then everything, while the others write there.
        whole = self._chance.random() < 0.3
        report = self._lib.add([self._folder if whole else new.parent])
        mine = [(path, str(error)) for path, error in report.failed if path == str(new)]
        assert not mine, mine
        assert self._lib.get(new).width == number

    def edit(self) -> None:
        tag = f"{self._name}-{len(self.tags)}"
        assets = self._chance.sample(self._shared, 2)
        self._lib.edit(assets, add_tags=[tag], rating=self._chance.randrange(6))
        self.tags[tag] = sorted(assets)

    def commit(self) -> None:
        self.versions.append(self._lib.commit(f"by {self._name}").id)

    def search(self) -> None:
        if self.tags:
            tag = self._chance.choice(sorted(self.tags))
            found = sorted(hit.asset.id for hit in self._lib.search(f"tag:{tag}").hits)
            assert found == self.tags[tag], f"{tag}: {found}"


def main(folder: str, name: str, seed: str, seconds: str) -> dict[str, Any]:
    end = time.monotonic() + float(seconds)
    with audobon.Library.open(folder, author=f"{name} <{name}@localhost>") as lib:
        member = Member(lib, Path(folder), name, int(seed))
        while time.monotonic() < end:
            member.step()
        # However slow the machine is, each member has done each thing.
        for what in (member.add, member.edit, member.commit, member.search):
            what()
    return {name: getattr(member, name) for name in ("tags", "files", "versions", "errors", "busy")}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:5])))
