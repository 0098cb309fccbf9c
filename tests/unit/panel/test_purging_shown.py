"""What panels say of assets that are removed for good."""

from __future__ import annotations

import pytest
from attrs import evolve

from audobon.model.purge import Proof, PurgedPlace, PurgeReport, Trace
from audobon.panel.purging import Line, fits, view, working
from audobon.session import State
from audobon.session.purging import NO_PURGE, PLANNING, PurgeSeen
from audobon.session.state import Doing

PLAN = PurgeReport(
    True,
    ("Studio/face.png",),
    ("/home/ada/Studio/face.png",),
    False,
    versions=2,
    contents=1,
    chunks=7,
    used_by=("room.blend",),
    made_of_it=("face upscaled.png",),
    mentions=("set Faces names face.png",),
    places=(PurgedPlace("nas", "/nas", False, "not reached: there is no folder /nas; plug it in"),),
    elsewhere=("backups",),
)
SEEN = PurgeSeen(("id",), "face.png", plan=PLAN)


def test_the_plan_says_what_goes_and_where_it_stays() -> None:
    shown = view(State(purging=SEEN))
    assert shown.title == "1 asset would go for good."
    assert shown.lines == (
        Line("goes", "Studio/face.png"),
        Line("goes", "1 file, 1 content; 2 versions to be written anew."),
        Line("uses", "Used by room.blend"),
        Line("stays", "Made of it, and stays: face upscaled.png"),
        Line("stays", "Stays: set Faces names face.png"),
        Line("away", "nas: not reached: there is no folder /nas; plug it in."),
        Line("away", "Not reached: backups"),
    )
    assert shown.ask.startswith("Type face.png to remove it for good.")
    many = evolve(PLAN, assets=tuple(f"a{n}" for n in range(20)), kept_files=True)
    shown = view(State(purging=PurgeSeen(typed="20 assets", plan=many)))
    assert shown.title == "20 assets would go for good."
    assert shown.lines[8] == Line("goes", "12 more")
    assert shown.lines[9].text.startswith("Its files stay")
    assert "Type 20 assets to remove them" in shown.ask


@pytest.mark.parametrize(
    ("typed", "may"), [("face.png", True), (" face.png ", True), ("face", False), ("", False)]
)
def test_the_name_is_typed_before(typed: str, may: bool) -> None:
    assert fits(SEEN, typed) is may
    assert not fits(evolve(SEEN, plan=None), typed)


def test_the_proof_is_told() -> None:
    proof = Proof(120, 3_400_000, 40, kept_ids=2)
    gone = PurgedPlace("nas", "/nas", True, "purged; 3 objects went")
    done = evolve(PLAN, dry_run=False, proof=proof, places=(gone,), made_of_it=(), mentions=())
    shown = view(State(purging=PurgeSeen(done=done)))
    assert shown.title == "All of it is gone."
    assert shown.ask == ""
    assert [line.kind for line in shown.lines] == ["proof", "stays", "proof", "away"]
    assert "120 files with 3.4 MB unpacked: nothing of it is found" in shown.lines[0].text
    assert "2 entries of the audit log" in shown.lines[1].text
    found = evolve(done, proof=evolve(proof, traces=(Trace("catalog.db", "a name"),)))
    shown = view(State(purging=PurgeSeen(done=found)))
    assert shown.title == "Not everything is gone."
    assert shown.lines[1] == Line("trace", "Found: a name in catalog.db")


def test_nothing_is_shown_before_somebody_asks() -> None:
    assert view(State()).empty
    left = view(State(purging=evolve(NO_PURGE, cut_off=True)))
    assert not left.empty
    assert "Finish it first" in left.cut_off
    assert working(State(transfer=Doing(PLANNING)))
    assert not working(State(transfer=Doing("Pushing to nas")))
    assert not working(State())
