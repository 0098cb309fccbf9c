"""Blender's list of asset libraries, and rules for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

import audobon
from audobon_blender.logic.native import Change, Entry, Native, reconcile
from audobon_blender.logic.policies import SAME, Policies
from audobon_blender.logic.trust import ALLOW, ASK, REFUSE

HERE, THERE = Entry("Studio", "/work/studio"), Entry("Studio", "/mnt/studio")
OTHER = Entry("Other", "/work/other")


class TestReconcile:
    @pytest.mark.parametrize(
        ("ours", "known", "now", "expected"),
        [
            ({}, [HERE], HERE, None),  # the person's own entry
            ({"a": HERE}, [OTHER, HERE], HERE, None),
            ({"a": HERE}, [OTHER, HERE], THERE, Change(HERE, THERE)),  # it has moved
            ({"a": HERE}, [HERE], Entry("New", HERE.path), Change(HERE, Entry("New", HERE.path))),
            ({"a": HERE}, [OTHER], THERE, None),  # taken out by the person
            ({"a": HERE}, [Entry("Mine", HERE.path)], Entry("New", HERE.path), None),
            ({"a": HERE}, [HERE, THERE], THERE, None),  # there is one for the new place already
            (
                {"a": HERE},
                [Entry("Mine", HERE.path)],
                THERE,
                Change(Entry("Mine", HERE.path), Entry("Mine", THERE.path)),
            ),
            ({"b": HERE}, [HERE], THERE, None),
        ],
    )
    def test_ours_follows_the_library_and_the_persons_own_stays(
        self, ours: dict[str, Entry], known: list[Entry], now: Entry, expected: Change | None
    ) -> None:
        assert reconcile(ours, known, "a", now) == expected

    def test_what_is_ours_is_remembered(self, tmp_path: Path) -> None:
        path = tmp_path / "new folder" / "native.json"
        native = Native(path)
        native.made("a", HERE)
        native.made("b", OTHER)
        native.forget("b")
        assert Native(path).ours == {"a": HERE}

    @pytest.mark.parametrize("text", ["", "{", "7", '{"a": 1}', "[]"])
    def test_a_damaged_memory_is_none(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "native.json"
        path.write_text(text)
        assert Native(path).ours == {}

    def test_stale_is_what_is_no_library_any_more(self, tmp_path: Path) -> None:
        audobon.Library.create(tmp_path / "Real").close()
        (tmp_path / "Was").mkdir()
        native = Native(tmp_path / "native.json")
        for name in ("Real", "Was", "Unplugged"):
            native.made(name, Entry(name, str(tmp_path / name)))
        assert native.stale() == ["Was"]


class TestPolicies:
    def test_a_librarys_own_rule_goes_first_and_lasts(self, tmp_path: Path) -> None:
        path = tmp_path / "trust.json"
        policies = Policies(path)
        assert policies.of_library("a") == SAME
        policies.set_library("a", REFUSE)
        again = Policies(path)
        assert again.rule(ASK, "a", ["/x.blend"]) == REFUSE
        assert again.rule(ALLOW, "b", ["/x.blend"]) == ALLOW
        again.set_library("a", SAME)
        assert Policies(path).rule(ASK, "a", ["/x.blend"]) == ASK

    def test_trusted_are_files_that_all_lie_in_such_a_folder(self, tmp_path: Path) -> None:
        inside, outside = tmp_path / "mine" / "a.blend", tmp_path / "mine too.blend"
        inside.parent.mkdir()
        inside.touch()
        outside.touch()
        policies = Policies(tmp_path / "trust.json")
        policies.trust(str(inside.parent))
        assert policies.rule(ASK, "a", [str(inside)]) == ALLOW
        assert policies.rule(ASK, "a", [str(inside), str(outside)]) == ASK
        assert policies.rule(REFUSE, "a", [str(inside)]) == REFUSE
        link = inside.parent / "link.blend"
        link.symlink_to(outside)
        assert policies.rule(ASK, "a", [str(link)]) == ASK, "it leads out of the folder"
        policies.distrust(policies.folders[0])
        assert Policies(tmp_path / "trust.json").rule(ASK, "a", [str(inside)]) == ASK

    @pytest.mark.parametrize(
        "text", ["", "[]", '{"folders": 7}', '{"folders": ["x"], "libraries": {"a": "run it"}}']
    )
    def test_a_damaged_file_trusts_nobody(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "trust.json"
        path.write_text(text)
        policies = Policies(path)
        assert policies.folders == ()
        assert policies.rule(ASK, "a", ["x/y.blend"]) == ASK
