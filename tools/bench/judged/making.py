"""Makes the assets of the judged library from the subjects that stand beside it.

What an asset shows (its facts) is drawn first, and its name, folder, tags and
note from that, with the habits and gaps of people: sets as texture sites name
them, own photographs in German or English, models with engines' prefixes,
versions, cameras' numbers, untagged and mistyped names. Judgements read facts
alone, so that no search is favoured by how it reads words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from attrs import evolve, field, frozen

__all__ = ["FOLDER", "Made", "make", "subjects"]

FOLDER = Path(__file__).resolve().parents[3] / "tests" / "data" / "relevance"
_SEED = 20261126
_SPECIAL = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe"})


@frozen
class Subject:
    """What can be shown: facts, names in English and German, tags."""

    facts: tuple[str, ...]
    english: tuple[str, ...]
    german: tuple[str, ...]
    tags: tuple[str, ...]


@frozen
class Made:
    """One asset. ``facts`` are for judgements; ``seen`` is what is written in the picture."""

    path: str
    kind: str
    facts: frozenset[str]
    tags: tuple[str, ...] = ()
    note: str = ""
    text: str = ""
    seen: str = ""
    used: int = 0
    rating: int = field(default=0)


def subjects() -> dict[str, list[Subject]]:
    """The subjects by section."""
    found: dict[str, list[Subject]] = {}
    section = ""
    for line in (FOLDER / "subjects.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            facts, english, german, tags = (part.strip() for part in line.split("|"))
            cut = "/" if section == "writing" else ";"
            found.setdefault(section, []).append(
                Subject(
                    tuple(facts.split()),
                    tuple(each.strip() for each in english.split(cut) if each.strip()),
                    tuple(each.strip() for each in german.split(";") if each.strip()),
                    tuple(each.strip() for each in tags.split(",") if each.strip()),
                )
            )
    return found


class _Hand:
    """Draws what people decide."""

    def __init__(self) -> None:
        self.rng = random.Random(_SEED)
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def tags(self, subject: Subject, share: float) -> tuple[str, ...]:
        if not subject.tags or not self.chance(share):
            return ()
        count = min(len(subject.tags), self.rng.choice((1, 2, 2, 3, 3, 4, 5)))
        return tuple(sorted(self.rng.sample(subject.tags, count)))

    def number(self, series: str) -> int:
        self._numbers[series] = self._numbers.get(series, 0) + self.rng.choice((1, 1, 1, 2, 3))
        return self._numbers[series]

    def snake(self, name: str) -> str:
        return name.lower().translate(_SPECIAL).replace(" ", "_")

    def camel(self, name: str) -> str:
        return "".join(word[:1].upper() + word[1:] for word in name.translate(_SPECIAL).split())

    def slip(self, name: str) -> str:
        """Now and then two letters of a name change places."""
        if len(name) < 8 or not self.chance(0.03):
            return name
        at = self.rng.randrange(1, len(name) - 2)
        if not name[at : at + 2].isalpha():
            return name
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]

    def free(self, asset: Made) -> Made:
        """The same at a path that nothing has."""
        path, number = asset.path, 1
        while path.casefold() in self._taken:
            number += 1
            stem, _, ext = asset.path.rpartition(".")
            path = f"{stem} ({number}).{ext}"
        self._taken.add(path.casefold())
        used = self.rng.choice((0, 0, 0, 0, 1, 1, 2, 5, 12))
        return evolve(asset, path=path, used=used, rating=self.rng.choice((0, 0, 0, 0, 3, 4, 5)))


_MAPS = (("diff", "Color", "albedo"), ("nor_gl", "NormalGL", "normal"))
_MORE_MAPS = (
    *(("rough", "Roughness", "roughness"), ("disp", "Displacement", "height")),
    *(("ao", "AmbientOcclusion", "ao"), ("arm", "", "packed")),
)
_SERIES = (
    *("Bricks", "Wood", "WoodFloor", "Metal", "Rock", "Marble", "Concrete", "Plaster", "Tiles"),
    *("Asphalt", "Ground", "Grass", "Snow", "Moss", "Fabric", "Leather", "Plastic", "Paper"),
    *("Ice", "Lava", "PavingStones", "Gravel", "Bark", "Rust", "CorrugatedSteel", "Carpet"),
    *("RoofingTiles", "Terrazzo", "Planks", "DiamondPlate", "Scratches", "Fingerprints"),
)
_SERIES_OF = {
    "wall brick": "Bricks", "brick floor": "PavingStones", "wood floor": "WoodFloor",
    "bark": "Bark", "rust corrugated": "CorrugatedSteel", "rust": "Rust", "diamond": "DiamondPlate",
    "wood plank": "Planks", "wood": "Wood", "metal": "Metal", "marble": "Marble",
    "terrazzo": "Terrazzo", "gravel": "Gravel", "cobble": "PavingStones", "roof": "RoofingTiles",
    "stone": "Rock", "concrete": "Concrete", "plaster": "Plaster", "tiles": "Tiles",
    "asphalt": "Asphalt", "snow": "Snow", "grass": "Grass", "moss": "Moss", "ground": "Ground",
    "carpet": "Carpet", "fabric": "Fabric", "leather": "Leather", "plastic": "Plastic",
    "paper": "Paper", "ice": "Ice", "lava": "Lava", "scratch": "Scratches", "grime": "Fingerprints",
}  # fmt: skip
_NOTES = (
    *("from the old factory in Leipzig", "tileable", "needs cleanup", "client approved"),
    *("nicht kachelbar", "CC0", "für den Leuchtturm", "use for hero shots", "too dark"),
    *("Referenz für Mira", "low res, only for background", "retopo fehlt", "final version"),
)


def _series(subject: Subject) -> str:
    facts = set(subject.facts)
    return next((name for key, name in _SERIES_OF.items() if set(key.split()) <= facts), "")


def _surfaces(hand: _Hand, subject: Subject) -> Iterator[Made]:
    facts = frozenset((*subject.facts, "texture"))
    rng = hand.rng
    for _ in range(rng.choice((1, 2, 2))):
        name = hand.snake(rng.choice(subject.english))
        number, size = hand.number(name), rng.choice(("1k", "2k", "4k", "4k", "8k"))
        base = rng.choice((name, f"{name}_{number:02d}", f"{name}_{number:02d}"))
        tags = hand.tags(subject, 0.6)
        maps = (*_MAPS, *rng.sample(_MORE_MAPS, rng.choice((0, 1, 2))))
        for short, _, fact in maps:
            ext = "exr" if short in ("nor_gl", "disp") and hand.chance(0.4) else "jpg"
            path = f"Textures/polyhaven/{base}/{base}_{short}_{size}.{ext}"
            yield Made(path, "image", facts | {fact, size}, tags)
    series = _series(subject)
    if series and hand.chance(0.75):
        name, size = f"{series}{hand.number(series):03d}", rng.choice(("1K", "2K", "4K"))
        tags = hand.tags(subject, 0.75)
        for _, long, fact in (*_MAPS, *rng.sample(_MORE_MAPS[:3], rng.choice((0, 1)))):
            path = f"Textures/ambientCG/{name}_{size}-JPG/{name}_{size}-JPG_{long}.jpg"
            yield Made(path, "image", facts | {fact, size.lower(), name.lower()}, tags)
    for _ in range(rng.choice((1, 2, 2, 3))):
        own = hand.slip(rng.choice(subject.german if hand.chance(0.6) else subject.english))
        shape = rng.choice((str, hand.snake, hand.camel))
        path = f"Texturen/Eigene Fotos/{shape(own)} {hand.number(own):02d}.jpg"
        if hand.chance(0.4):
            path = f"Textures/own/{shape(own)}_{hand.number(own):02d}.png"
        note = rng.choice(_NOTES) if hand.chance(0.15) else ""
        yield Made(path, "image", facts | {"albedo", "own"}, hand.tags(subject, 0.45), note)


def _skies(hand: _Hand, subject: Subject) -> Iterator[Made]:
    facts = frozenset((*subject.facts, "hdri"))
    for _ in range(hand.rng.choice((2, 3, 3))):
        names = subject.german if hand.chance(0.25) else subject.english
        size = hand.rng.choice(("1k", "2k", "4k", "8k"))
        name = hand.snake(hand.rng.choice(names))
        path = f"HDRIs/{name}_{hand.number(name):02d}_{size}.{hand.rng.choice(('hdr', 'exr'))}"
        yield Made(path, "image", facts | {size}, hand.tags(subject, 0.7))


def _objects(hand: _Hand, subject: Subject) -> Iterator[Made]:
    rng = hand.rng
    facts = frozenset((*subject.facts, "model"))
    for _ in range(rng.choice((4, 5, 6))):
        german = hand.chance(0.35)
        name = hand.slip(rng.choice(subject.german if german else subject.english))
        number = hand.number(name)
        tags, note = hand.tags(subject, 0.55), rng.choice(_NOTES) if hand.chance(0.1) else ""
        styles = (
            f"Models/{hand.snake(name)}_{number:02d}.glb",
            f"Models/Unreal/SM_{hand.camel(name)}_{number:02d}.fbx",
            f"Modelle/{name} v{number}.blend",
            f"Models/props/{hand.camel(name)}.blend",
            f"Models/lowpoly/{hand.snake(name)}_lowpoly.obj",
        )
        path = rng.choice(styles)
        kind = "blend" if path.endswith(".blend") else "model"
        text = ""
        if kind == "blend":
            text = " ".join(("Camera", "Light", hand.camel(subject.english[0]), "Cube.001"))
        more = {f"v{number}"} if " v" in path else set()
        more |= {"lowpoly"} if "lowpoly" in path else set()
        yield Made(path, kind, facts | more, tags, note, text)
    if hand.chance(0.5):
        name = rng.choice(subject.english)
        path = f"Models/Unreal/Textures/T_{hand.camel(name)}_{rng.choice(('BC', 'N', 'ORM'))}.png"
        yield Made(path, "image", frozenset((*subject.facts, "objecttexture")))


def _pictures(hand: _Hand, subject: Subject) -> Iterator[Made]:
    rng = hand.rng
    for _ in range(rng.choice((3, 4, 5))):
        german = hand.chance(0.4)
        name = hand.slip(rng.choice(subject.german if german else subject.english))
        facts = frozenset((*subject.facts, "painting"))
        tags, note = hand.tags(subject, 0.5), rng.choice(_NOTES) if hand.chance(0.15) else ""
        rough = hand.chance(0.4)
        suffix = ("_Skizze" if german else "_sketch") if rough else ""
        if rough:
            facts |= {"sketch"}
        versions = rng.choice((1, 1, 2, 3))
        for version in range(1, versions + 1):
            folder = rng.choice(
                ("Paintings", "Bilder", "Projects/Mira/concepts", "Sketchbook 2026")
            )
            shown = f"_v{version:02d}" if versions > 1 else ""
            path = f"{folder}/{rng.choice((hand.snake, hand.camel))(name)}{suffix}{shown}.kra"
            more = {f"v{version}"} if shown else set()
            more |= {"newest"} if version == versions else set()
            text = "Background Lineart Colors " + hand.camel(name)
            yield Made(path, "document", facts | more, tags, note, text)
        if hand.chance(0.4):
            path = f"Exports/{hand.snake(name)}{suffix.lower()}_final.png"
            yield Made(path, "image", facts | {"final"}, tags)


def _photos(hand: _Hand, subject: Subject) -> Iterator[Made]:
    for _ in range(hand.rng.choice((8, 10, 12))):
        camera = hand.rng.choice(("DSC_{:04d}.JPG", "IMG_{:04d}.jpg", "P{:07d}.jpg"))
        path = f"Reference/{hand.rng.choice(('2024', '2025', 'phone'))}/" + camera.format(
            hand.rng.randrange(1, 9999)
        )
        facts = frozenset((*subject.facts, "photo"))
        yield Made(path, "image", facts, hand.tags(subject, 0.85))


def _sounds(hand: _Hand, subject: Subject) -> Iterator[Made]:
    for _ in range(hand.rng.choice((2, 3))):
        name = hand.rng.choice(subject.german if hand.chance(0.3) else subject.english)
        path = f"Audio/{hand.snake(name)}_{hand.number(name):02d}.wav"
        facts = frozenset((*subject.facts, "sound"))
        yield Made(path, "audio", facts, hand.tags(subject, 0.5))


def _writings(hand: _Hand, subject: Subject) -> Iterator[Made]:
    for _ in range(hand.rng.choice((1, 2))):
        path = f"Reference/phone/IMG_{hand.rng.randrange(1, 9999):04d}.jpg"
        if "screenshot" in subject.facts:
            path = f"Screenshots/Screenshot 2026-03-{hand.rng.randrange(1, 30):02d}.png"
        facts = frozenset((*subject.facts, "writing"))
        seen = "\n".join(subject.english)
        yield Made(path, "image", facts, hand.tags(subject, 0.5), seen=seen)


_PROJECTS = ("Leuchtturm", "Mira", "RobotShort", "Castle_Siege", "ProductViz")


def _projects(hand: _Hand) -> Iterator[Made]:
    """Scenes by shot and version, and the pictures rendered of them."""
    for project in _PROJECTS:
        told = {project.lower().replace("_", ""), "project"}
        for shot in ("010", "020", "030"):
            count = hand.rng.choice((2, 4, 6))
            for version in range(1, count + 1):
                path = (
                    f"Projects/{project}/scenes/{project.lower()}_shot{shot}_v{version:03d}.blend"
                )
                facts = told | {"scene", f"shot{shot}", f"v{version}"}
                facts |= {"newest"} if version == count else set()
                text = f"Camera_Shot{shot} KeyLight RimLight Ground Set_{project}"
                yield Made(path, "blend", frozenset(facts), text=text)
            for frame in (1, 12, 24, 48, 101):
                path = f"Projects/{project}/renders/shot{shot}/{project.lower()}_{frame:04d}.png"
                facts = told | {"render", f"shot{shot}", f"frame{frame}"}
                yield Made(path, "image", frozenset(facts))
        path = f"Projects/{project}/{project}_storyboard_FINAL_final2.kra"
        yield Made(path, "document", frozenset(told | {"storyboard", "painting"}))


def make() -> list[Made]:
    """All assets, the same at every call."""
    hand, found = _Hand(), subjects()
    ways = (
        *(("surface", _surfaces), ("sky", _skies), ("object", _objects), ("picture", _pictures)),
        *(("photo", _photos), ("sound", _sounds), ("writing", _writings)),
    )
    assets = [
        hand.free(asset) for name, way in ways for each in found[name] for asset in way(hand, each)
    ]
    assets += [hand.free(asset) for asset in _projects(hand)]
    hand.rng.shuffle(assets)
    return assets
