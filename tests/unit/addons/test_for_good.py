"""What the panels of both hosts show of assets that are removed for good, without a host."""

from __future__ import annotations

from audobon.model.purge import Proof, PurgedPlace, PurgeReport, Trace
from audobon.panel.purging import view
from audobon.session import State
from audobon.session.purging import REMOVING, PurgeSeen
from audobon.session.state import Doing
from audobon_blender.logic import forgood as in_blender
from audobon_krita.logic import forgood as in_krita

PLAN = PurgeReport(
    *(True, ("Studio/face.png",), (), True, 2, 1, 7),
    used_by=("room.blend",),
    made_of_it=("copy.png",),
    elsewhere=("backups",),
)
DONE = PurgeReport(
    *(False, ("Studio/face.png",), (), False, 2, 1, 7),
    places=(PurgedPlace("nas", "/nas", True, "purged"),),
    proof=Proof(9, 100, 4, (Trace("catalog.db", "a name"),)),
)
PLANNED = State(purging=PurgeSeen(("id",), "face.png", plan=PLAN))
GONE = State(purging=PurgeSeen(done=DONE))


def test_each_line_has_its_sign() -> None:
    kinds = {line.kind for state in (PLANNED, GONE) for line in view(state).lines}
    assert kinds == set(in_krita.SIGNS) == set(in_blender.ICONS)
    text = in_krita.text(in_krita.view(PLANNED))
    assert text.splitlines()[:3] == [
        "✗ Studio/face.png",
        "✗ Its files stay, 1 content; 2 versions to be written anew.",
        "↻ Used by room.blend",
    ]


def test_it_is_done_only_once_the_name_is_typed() -> None:
    for host in (in_krita, in_blender):
        assert host.fits(PLANNED, "face.png")
        assert not host.fits(PLANNED, "Face.png")
        assert not host.fits(GONE, "")
        assert host.working(State(transfer=Doing(REMOVING)))
        assert not host.working(PLANNED)


def test_a_panel_that_is_drawn_often_makes_its_words_once() -> None:
    page = in_blender.Page()
    shown = page.view(PLANNED)
    assert page.view(PLANNED) is shown
    assert page.view(GONE).title == "Not everything is gone."
    assert page.view(State()).empty
