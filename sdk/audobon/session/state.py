"""What a panel shows: frozen data, replaced as a whole whenever something changes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import field, frozen

from audobon.codec.query_write import quoted
from audobon.errors import NoKey
from audobon.model.asset import Asset
from audobon.model.bundle import Bundle
from audobon.model.job import JobRow
from audobon.model.links import Links
from audobon.model.query import FacetCount
from audobon.model.scenecheck import SceneCheck, SceneOffer
from audobon.model.suggestion import Suggestion
from audobon.model.textureset import TextureSet
from audobon.model.version import Pointer, Version
from audobon.session.kept import NO_SNAPSHOTS, SnapshotsSeen
from audobon.session.keys import NO_KEYS, KeysSeen
from audobon.session.locked import NO_LOCKS, LocksSeen
from audobon.session.past import NO_PAST, Past
from audobon.session.problem import Problem, problem_of
from audobon.session.purging import NO_PURGE, PurgeSeen
from audobon.session.remotely import NO_REMOTES, RemotesSeen
from audobon.session.taught import NO_TEACHING, TeachSeen
from audobon.session.tidying import NO_TIDY, Tidy

if TYPE_CHECKING:
    from audobon.model.metrics import Metrics
    from audobon.model.watch import WatchState
    from audobon.services.health.caches import CacheSize
    from audobon.services.health.doctor import Health
    from audobon.services.health.stats import Stats
    from audobon.session.usage import UsageShown

__all__ = [
    "Chosen",
    "Doing",
    "Engine",
    "Found",
    "Inside",
    "Like",
    "Linked",
    "Notice",
    "Offer",
    "Problem",
    "Queue",
    "Selection",
    "State",
    "Tools",
    "Wanted",
    "problem_of",
]


@frozen(slots=True)
class Wanted:
    """What is looked for: the words that were typed, and what was chosen beside them.

    ``text`` is in the language of ``docs/search.md``. Empty filters and a
    ``rating`` of 0 let everything pass; ``branch`` lets pass what is not as it
    is on that branch. ``limit`` is the size of a page. With ``bundled``
    files that are one thing are shown as one.
    """

    text: str = ""
    kind: str = ""
    tag: str = ""
    catalog: str = ""
    rating: int = 0
    sort: str | None = None
    limit: int = 12
    branch: str = ""
    bundled: bool = False

    @property
    def filters(self) -> str:
        """The filters as a query, with a space behind it; empty where there is none."""
        named = (
            *(("kind", self.kind), ("tag", self.tag), ("in", self.catalog)),
            ("branch", self.branch),
        )
        parts = [f"{name}:{quoted(value)} " for name, value in named if value]
        parts += [f"rating:>={self.rating} "] if self.rating else []
        return "".join(parts) + ("-bundle:part " if self.bundled else "")

    @property
    def query(self) -> str:
        """All of it as one query. The text comes last: its last word may still be typed."""
        bound = self.filters and " OR " in self.text
        return f"{self.filters}({self.text})" if bound else f"{self.filters}{self.text}"


@frozen(slots=True)
class Found:
    """The page of assets that is shown, and what it answers. ``page`` counts from 0.

    ``whys`` are the places that matched, by the ids of the assets.
    """

    wanted: Wanted = Wanted()
    assets: tuple[Asset, ...] = ()
    total: int = 0
    page: int = 0
    more: bool = False
    notes: tuple[str, ...] = ()
    kinds: tuple[FacetCount, ...] = ()
    problem: Problem | None = None
    whys: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)


@frozen(slots=True)
class Selection:
    """What is selected, as far as the page that is shown tells it.

    ``count`` is over all pages, ``here`` are the ids on this one. ``active``
    was touched last, ``anchor`` is where a range begins. ``full`` says that
    more was asked for than can be selected. ``turn`` grows with each change.
    """

    count: int = 0
    here: frozenset[str] = frozenset()
    active: str = ""
    anchor: str = ""
    full: bool = False
    turn: int = 0


@frozen(slots=True)
class Chosen:
    """The asset that is looked at closely.

    ``related`` holds ``(how, asset)``, how being uses, used by, derived from,
    made into or variant of. ``versions`` are those in which it changed,
    newest first, and ``contents`` what its bytes were at each; where they
    cannot be read, ``problem`` says why.
    ``suggestions`` are tags that wait for a decision.
    ``textures`` are the maps of one material that it is one of, ``bundle``
    all files that are one thing with it.
    """

    asset: Asset
    related: tuple[tuple[str, Asset], ...] = ()
    versions: tuple[Version, ...] = ()
    complete: bool = False
    contents: tuple[Pointer | None, ...] = ()
    problem: Problem | None = None
    suggestions: tuple[Suggestion, ...] = ()
    textures: TextureSet | None = None
    bundle: Bundle | None = None


@frozen(slots=True)
class Linked:
    """What the asset ``ident`` uses, what of it is missing or old, and who uses it."""

    ident: str
    links: Links = field(factory=Links)
    problem: Problem | None = None


@frozen(slots=True)
class Like:
    """What the found assets look like: ``label`` names it for people.

    ``ids`` are those that were found, the most alike first, ``scores`` how
    alike each is. ``unseen`` are pictures that nobody has looked at yet.
    """

    label: str
    ids: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    unseen: tuple[str, ...] = ()


@frozen(slots=True)
class Queue:
    """Suggested tags of the whole library: how many ``assets`` and ``tags`` wait.

    Of many no more than are told with ``more`` were looked at.
    """

    assets: int = 0
    tags: int = 0
    more: bool = False


@frozen(slots=True)
class Offer:
    """A pipeline, or another network for one, and whether it can be run.

    ``missing`` are the components that it lacks, ``size`` the bytes to fetch
    for them, ``ask`` what has to be accepted first. ``lacks`` names what the
    engine itself lacks, ``openvino`` or ``images``, empty for nothing.
    """

    name: str
    summary: str = ""
    missing: tuple[str, ...] = ()
    size: int = 0
    ask: str = ""
    lacks: str = ""

    @property
    def ready(self) -> bool:
        return not self.missing and not self.lacks


@frozen(slots=True)
class Tools:
    """What the engine can compute: ``parts`` are its libraries with their versions.

    ``installed`` are components with their versions.
    """

    parts: tuple[tuple[str, str], ...] = ()
    offers: tuple[Offer, ...] = ()
    installed: tuple[tuple[str, str], ...] = ()
    problem: Problem | None = None

    def offer(self, name: str) -> Offer | None:
        """The pipeline of this name."""
        return next((each for each in self.offers if each.name == name), None)


@frozen(slots=True)
class Inside:
    """What a worker has read in the chosen scene's file, of which nothing was run.

    ``ident`` is the asset, ``stamp`` the file's size and its time in
    nanoseconds when it was read: with another one this no longer holds.
    ``check`` is None where it cannot be told, and ``problem`` then says why.
    ``offers`` is None where the names cannot be told; their boxes come a
    moment later, and not for every file.
    """

    ident: str
    stamp: tuple[int, int]
    check: SceneCheck | None = None
    offers: tuple[SceneOffer, ...] | None = None
    problem: Problem | None = None


@frozen(slots=True)
class Doing:
    """What is being done just now; ``fraction`` is None where its end is not known."""

    name: str
    fraction: float | None = None
    text: str = ""
    waiting: int = 0
    cancelling: bool = False


@frozen(slots=True)
class Notice:
    """How something that was asked for ended; ``number`` tells two of them apart.

    ``partly`` says that a part of it failed, which ``text`` tells.
    """

    number: int
    text: str
    problem: Problem | None = None
    partly: bool = False

    @property
    def stays(self) -> bool:
        """Whether something went wrong, so that it is shown until somebody has read it."""
        return self.partly or self.problem is not None


@frozen(slots=True)
class Engine:
    """Who does the heavy work: ``state`` is unknown, ready or absent.

    ``pictures`` is False once a preview could not be made for lack of the
    libraries that decode them.
    """

    state: str = "unknown"
    python: str = ""
    pictures: bool = True
    problem: Problem | None = None


@frozen(slots=True)
class State:
    """Everything at one moment. ``phase`` is closed, opening or open.

    ``number`` grows with each change of anything else here. ``document`` is
    the asset that the host has open itself, None when that is no asset.
    ``inside`` follows ``chosen`` where that is a scene; it is another asset's
    or None for as long as the file is being read. ``linked`` follows ``chosen``
    in the same way. ``past`` is told while the host says that it shows it.
    ``sets`` are saved queries by name. ``marks`` says of assets on the page,
    by id, what the catalog does not know yet: ``missing``, or ``changed`` where
    the file is newer.
    ``library`` is the id of the open one, ``encrypted`` whether its state is.
    ``health``, ``caches``, ``stats`` and ``metrics`` are those of the last check, None and empty
    before one. ``tidy`` holds what was found of duplicates and lost files. ``remotes`` is told
    while the host says that it shows it; ``transfer`` is what goes to or comes from other places.
    ``snapshots`` is what is known of them, ``snapshotting`` what is being done about them.
    ``purging`` is what
    somebody would remove for good, or has. ``locks`` is told while the host says that it shows
    it, ``locking`` what is being done about them; ``keys`` are the encrypted places. ``teaching``
    is told of the tag that somebody teaches while the host says that it shows it, ``marking``
    while examples are marked. ``failed`` are jobs that can be tried again, the newest first,
    ``failures`` those that ended while somebody was looking. ``native`` grows whenever
    Blender's browser would show something else: catalogs were written, or
    scenes of the library. With ``like`` the found
    assets are those that look like something. ``computing`` is beside
    ``doing``: the two do not wait for each other. ``queue`` and ``tools`` are
    None until somebody asked. ``unread`` are notices of what went wrong, the newest last, that
    nobody has put aside. ``waits`` says that the disk of the open library
    has not answered for seconds; None while it does. ``watch`` is None until
    it is known whether the library is watched, ``usage`` until somebody asked.
    """

    number: int = 0
    phase: str = "closed"
    library: str = ""
    path: str = ""
    name: str = ""
    read_only: bool = False
    encrypted: bool = False
    problem: Problem | None = None
    found: Found = Found()
    searching: bool = False
    selection: Selection = Selection()
    marks: Mapping[str, str] = MappingProxyType({})
    chosen: Chosen | None = None
    inside: Inside | None = None
    linked: Linked | None = None
    document: Chosen | None = None
    past: Past = NO_PAST
    tags: tuple[tuple[str, int], ...] = ()
    catalogs: tuple[tuple[str, int], ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    jobs: tuple[JobRow, ...] = ()
    failed: tuple[JobRow, ...] = ()
    failures: tuple[Notice, ...] = ()
    doing: Doing | None = None
    computing: Doing | None = None
    like: Like | None = None
    queue: Queue | None = None
    tools: Tools | None = None
    notice: Notice | None = None
    unread: tuple[Notice, ...] = ()
    engine: Engine = Engine()
    pictures: int = 0
    health: Health | None = None
    caches: tuple[CacheSize, ...] = ()
    stats: Stats | None = None
    tidy: Tidy = NO_TIDY
    remotes: RemotesSeen = NO_REMOTES
    transfer: Doing | None = None
    snapshots: SnapshotsSeen = NO_SNAPSHOTS
    snapshotting: Doing | None = None
    purging: PurgeSeen = NO_PURGE
    locks: LocksSeen = NO_LOCKS
    locking: Doing | None = None
    keys: KeysSeen = NO_KEYS
    teaching: TeachSeen = NO_TEACHING
    marking: Doing | None = None
    native: int = 0
    waits: Problem | None = None
    watch: WatchState | None = None
    usage: UsageShown | None = None
    metrics: Metrics | None = None

    @property
    def locked(self) -> str:
        """The folder of an encrypted library that waits for its passphrase; empty for none."""
        code = None if self.problem is None else self.problem.code
        return self.path if self.phase == "closed" and code == NoKey.code else ""
