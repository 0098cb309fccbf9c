"""What a host computes through a session, with real networks: pictures, likeness, suggestions."""

from __future__ import annotations

import io
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.errors import Invalid, NotFound, Unavailable
from audobon.session import Made, Picture, Session, State, Wanted

Until = Callable[..., State]


@pytest.fixture
def session(lib: audobon.Library) -> Iterator[Session]:
    """A session over the library with a pagoda, a dahlia, and a part of the dahlia."""
    made = Session(follow_s=0.05)
    made.open(lib.path)
    yield made
    assert made.close(60.0), "a thread of the session has not ended"


@pytest.fixture
def until(session: Session) -> Until:
    """Pump until the state is as asked for; the state."""

    def wait(fits: Callable[[State], object], *, seconds: float = 240.0) -> State:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            session.pump()
            if fits(session.state):
                return session.state
            time.sleep(0.005)
        raise AssertionError(f"it never came: {session.state}")

    wait(lambda state: state.phase == "open" and state.found.total == 3)
    return wait


def png(*, alpha: bool = False) -> bytes:
    pixels = np.random.default_rng(5).integers(0, 256, (24, 32, 4 if alpha else 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def keeping(folder: Path, kept: list[tuple[Made, bytes]]) -> Callable[[Made], None]:
    del folder

    def then(made: Made) -> None:
        kept.append((made, Path(made.file).read_bytes()))

    return then


def test_what_the_engine_can_do(session: Session, until: Until) -> None:
    session.look_at_tools()
    tools = until(lambda state: state.tools).tools
    assert tools is not None
    assert tools.problem is None
    assert dict(tools.parts)["openvino"]
    assert {name for name, _ in tools.installed} >= {"span-x2", "efficientnet-lite0"}
    normal, embed, upscale = (tools.offer(name) for name in ("normal", "embed", "upscale"))
    assert normal is not None
    assert embed is not None
    assert upscale is not None
    assert normal.ready
    assert embed.ready
    assert (upscale.ready, upscale.missing, upscale.lacks) == (False, ("span-x4",), "")
    assert upscale.size > 1_000_000
    assert "GPL" in upscale.ask


def test_bytes_that_a_host_holds(session: Session, until: Until, tmp_path: Path) -> None:
    kept: list[tuple[Made, bytes]] = []
    picture = Picture("a / packed: one.png", data=png(), suffix=".png")
    session.transform("normal", picture, keeping(tmp_path, kept), parameters={"strength": 3.0})
    assert session.state.doing is None
    until(lambda _: kept)
    made, data = kept[0]
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.mode) == ((32, 24), "RGB")
    for small in (made.before, made.after):
        with Image.open(io.BytesIO(small)) as image:
            assert image.size == (32, 24)
    assert (made.pipeline, made.kept) == ("normal", False)
    assert not Path(made.file).exists()
    assert not Path(made.file).parent.exists()
    until(lambda state: state.computing is None)


def test_pixels_with_alpha_through_a_network(
    session: Session, until: Until, tmp_path: Path
) -> None:
    kept: list[tuple[Made, bytes]] = []
    pixels = np.random.default_rng(5).random((16, 20, 4), np.float32)
    raw = {"width": 20, "height": 16, "channels": 4, "alpha": True, "kind": "u8"}
    picture = Picture("Untitled", data=memoryview(pixels).cast("B"), raw=raw)
    session.transform(
        "upscale", picture, keeping(tmp_path, kept), parameters={"backbone": "span-x2"}
    )
    until(lambda _: kept)
    with Image.open(io.BytesIO(kept[0][1])) as image:
        assert (image.size, image.mode) == ((40, 32), "RGBA")


def test_beside_an_asset_is_an_asset(
    session: Session, until: Until, lib: audobon.Library, tmp_path: Path
) -> None:
    kept: list[tuple[Made, bytes]] = []
    file = lib.get("small.png").file
    session.transform(
        "normal", Picture("small.png", path=file), keeping(tmp_path, kept), beside=str(lib.path)
    )
    until(lambda _: kept)
    made = kept[0][0]
    assert made.kept
    assert Path(made.file) == lib.path / "small-normal.png"
    assert lib.related(lib.get("small-normal.png"))[0].kind == "derived_from"
    assert made.before
    assert made.after
    assert made.before != made.after
    # A file that is no asset has its result beside it too, and no name is taken twice.
    other = tmp_path / "other" / "x.png"
    other.parent.mkdir()
    other.write_bytes(png())
    (other.parent / "x-normal.png").write_bytes(b"mine")
    session.transform(
        "normal", Picture("x.png", path=str(other)), keeping(tmp_path, kept),
        beside=str(other.parent),
    )  # fmt: skip
    until(lambda _: len(kept) == 2)
    assert Path(kept[1][0].file).name == "x-normal-2.png"
    assert (other.parent / "x-normal.png").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("pipeline", "picture", "code", "hint"),
    [
        ("upscale", Picture("a", data=png(), suffix=".png"), Unavailable.code, "install upscale"),
        ("normal", Picture("a", path="/nowhere/a.png"), NotFound.code, "reload"),
        ("palette", Picture("a", data=png(), suffix=".png"), Invalid.code, ""),
    ],
)
def test_what_goes_wrong_is_a_sentence(
    session: Session, until: Until, pipeline: str, picture: Picture, code: int, hint: str
) -> None:
    session.transform(pipeline, picture, lambda made: pytest.fail(str(made)))
    notice = until(lambda state: state.notice).notice
    assert notice is not None
    assert notice.problem is not None
    assert notice.problem.code == code
    assert hint in notice.problem.hint


def test_computing_holds_nothing_up_and_is_cancelled(session: Session, until: Until) -> None:
    begun, told = threading.Event(), threading.Event()

    def long(_library: object, report: object) -> str:
        begun.set()
        while not report.cancelled():  # type: ignore[attr-defined]
            time.sleep(0.005)
        told.set()
        return "stopped"

    session.compute("a long one", long)
    assert begun.wait(60)
    session.do("short", lambda _library, _report: "short is done")
    state = until(lambda state: state.notice is not None)
    assert state.notice is not None
    assert state.notice.text == "short is done"
    assert state.computing is not None
    assert state.computing.name == "a long one"
    session.cancel_computing()
    assert told.wait(60)
    number = state.notice.number
    last = until(lambda state: state.notice.number != number).notice
    assert last is not None
    assert last.text == "stopped"


def test_a_running_network_is_cancelled(session: Session, until: Until) -> None:
    pixels = np.zeros((1500, 1500, 3), np.float32)
    raw = {"width": 1500, "height": 1500, "channels": 3, "alpha": False, "kind": "u8"}
    picture = Picture("large", data=memoryview(pixels).cast("B"), raw=raw)
    session.transform(
        "upscale", picture, lambda made: pytest.fail(str(made)), parameters={"backbone": "span-x2"}
    )
    until(lambda state: state.computing is not None and (state.computing.fraction or 0) > 0)
    session.cancel_computing()
    notice = until(lambda state: state.notice).notice
    assert notice is not None
    assert (notice.text, notice.problem) == ("Upscale: large: cancelled", None)


def test_what_looks_alike_is_a_search(session: Session, until: Until, lib: audobon.Library) -> None:
    flower = lib.get("flower.jpg")
    session.find_alike("flower.jpg", flower.id)
    like = until(lambda state: state.like).like
    assert like is not None
    assert (like.label, like.ids, len(like.unseen)) == ("flower.jpg", (), 2)
    session.look_at_pictures("embed", like.unseen)
    until(lambda state: state.notice is not None and "2 looked at" in state.notice.text)
    session.find_alike("flower.jpg", flower.id)
    state = until(lambda state: state.found.total == 2 and not state.searching)
    assert [asset.name for asset in state.found.assets] == ["small.png", "china.jpg"]
    assert state.like is not None
    assert state.like.unseen == ()
    session.search(Wanted("china"))
    until(lambda state: [asset.name for asset in state.found.assets] == ["china.jpg"])
    session.search(Wanted(limit=1))
    state = until(lambda state: state.found.wanted.limit == 1 and not state.searching)
    assert (state.found.total, state.found.more) == (2, True)
    session.turn(1)
    until(lambda state: [asset.name for asset in state.found.assets] == ["china.jpg"])
    session.leave_alike()
    state = until(lambda state: state.found.total == 3 and not state.searching)
    assert state.like is None
    session.find_alike("a picture of mine", Picture("mine", path=flower.file))
    state = until(lambda state: state.like is not None and state.found.total == 3)
    assert state.like is not None
    assert state.like.scores[0] > 0.99


def test_suggestions_are_reviewed_one_asset_after_another(
    session: Session, until: Until, lib: audobon.Library, people: Path
) -> None:
    shutil.copy(people / "chelsea.png", lib.path)
    lib.add(lib.path)
    until(lambda state: state.found.total == 4)
    session.choose(lib.get("chelsea.png").id)
    until(lambda state: state.chosen is not None and state.chosen.complete)
    session.look_at_pictures("tags")
    until(lambda state: state.chosen.suggestions)  # though it was chosen before there were any
    queue = until(lambda state: state.queue is not None and state.queue.assets).queue
    assert queue is not None
    assert queue.tags >= queue.assets >= 2
    session.next_suggestions()
    first = until(lambda state: state.chosen is not None and state.chosen.suggestions).chosen
    assert first is not None
    session.next_suggestions()
    until(lambda state: state.chosen.asset.id != first.asset.id and state.chosen.suggestions)
    while session.state.chosen.asset.id != first.asset.id:  # after the last comes the first
        before = session.state.chosen.asset.id
        session.next_suggestions()
        until(lambda state, before=before: state.chosen.asset.id != before)
    until(lambda state: state.chosen.suggestions)
    tag = first.suggestions[0]
    waiting = len(first.suggestions)
    for verdict, tags in (("accept", (tag.tag,)), ("reject", ()), ("always", (tag.tag,))):
        session.decide([tag], verdict)
        until(lambda state, tags=tags: state.chosen.asset.tags == tags)
        until(lambda state: len(state.chosen.suggestions) == waiting - 1)
        if verdict == "always":
            assert [(rule.tag, rule.rule) for rule in lib.tags.rules()] == [(tag.tag, "always")]
        session.undo()
        until(lambda state: len(state.chosen.suggestions) == waiting)
    assert lib.tags.rules() == ()
    session.decide([tag], "never")
    until(lambda state: len(state.chosen.suggestions) == waiting - 1)
    session.undo()
    until(lambda state: len(state.chosen.suggestions) == waiting)


def test_what_is_chosen_is_seen_at_one_moment(
    session: Session,
    until: Until,
    lib: audobon.Library,
    people: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copy(people / "chelsea.png", lib.path)
    lib.add(lib.path)
    ident = lib.get("chelsea.png").id
    session.choose(ident)
    until(lambda state: state.chosen is not None and state.chosen.complete)
    session.look_at_pictures("tags")
    shown = until(lambda state: state.chosen.suggestions and state.doing is None).chosen
    assert shown is not None
    # Chosen again nothing of it comes and goes.
    session.choose(ident)
    for _ in range(50):
        session.pump()
        assert session.state.chosen is not None
        assert session.state.chosen.suggestions
        time.sleep(0.002)
    # Somebody accepts a tag while the session reads: it is suggested or it is there.
    tag, real, ready = shown.suggestions[0], audobon.Library.suggestions, threading.Event()

    def amid(self: audobon.Library, *of: object, **named: object) -> object:
        if not ready.is_set():
            ready.set()
            with audobon.Library.open(lib.path) as other:
                other.accept([tag])
        return real(self, *of, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(audobon.Library, "suggestions", amid)
    session.choose(ident)

    def there(state: State) -> bool:
        assert state.chosen is not None
        names = {each.tag for each in state.chosen.suggestions}
        assert tag.tag in names | set(state.chosen.asset.tags)
        return tag.tag in state.chosen.asset.tags

    until(there)
    assert ready.is_set()


def test_a_component_is_installed_in_the_background(
    session: Session,
    until: Until,
    packages: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # An empty folder of models, and packages that were fetched before: nothing goes to a network.
    cache = tmp_path / "cache" / "audobon"
    cache.mkdir(parents=True)
    (cache / "packages").symlink_to(packages)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "empty"))
    session.look_at_tools()
    tools = until(lambda state: state.tools).tools
    assert tools is not None
    assert tools.installed == ()
    session.install("span-x2")
    notice = until(lambda state: state.notice).notice
    assert notice is not None
    assert notice.problem is not None
    assert "licence" in notice.problem.message
    session.install("span-x2", accept=True)
    until(lambda state: state.tools.installed)
    assert [name for name, _ in session.state.tools.installed] == ["span-x2"]  # type: ignore[union-attr]
