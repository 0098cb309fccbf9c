"""How much of everything a run uses."""

from __future__ import annotations

from attrs import frozen

__all__ = ["SCALES", "Scale"]


@frozen
class Scale:
    """Sizes in MB (10^6 bytes) and counts. ``hero_mb`` is the file that each commit edits."""

    name: str
    rounds: int
    hero_mb: float
    props_mb: float
    paint_mb: float
    sketch_mb: float
    memory_mb: tuple[int, ...]
    pictures: int
    tiny_files: int
    versions: int
    """Of one asset, for the cost of a version among many."""
    many_assets: int
    """In one version, and in the library that switches between branches."""
    assets: int
    queries: int
    place_mb: float
    """Of files that go to another place: a snapshot's, a bucket."""
    real_files: bool
    """Whether Blender makes the .blend files, where it is installed."""
    grown: int = 5
    """Versions of the production in the cases about growth: 5, or fewer where they say enough."""
    peers: tuple[str, ...] = ("git", "git-lfs", "restic", "borg", "dvc")


SCALES = {
    scale.name: scale
    for scale in (
        # Seconds, for the tests of the benchmark itself: no figure of it means anything, so
        # only the peers that goals are measured by are asked.
        Scale(
            *("tiny", 1, 0.6, 0.2, 0.2, 0.1, (1,), 6, 60, 10, 100, 200, 4),
            place_mb=0.4,
            real_files=False,
            grown=3,
            peers=("git-lfs", "borg"),
        ),
        Scale(
            *("quick", 3, 15.0, 6.0, 6.0, 3.0, (10, 30)),
            *(500, 5_000, 500, 2_000, 20_000, 60),
            place_mb=300,
            real_files=True,
        ),
        # 283 MB in four files of which one has 151, as in the comparison that set the goals.
        Scale(
            *("full", 5, 151.0, 60.0, 47.0, 25.0, (50, 150, 600)),
            *(10_000, 100_000, 100_000, 10_000, 100_000, 300),
            place_mb=1000,
            real_files=True,
        ),
        # For the case finding: its library takes an hour to fill.
        Scale(
            *("million", 1, 15.0, 6.0, 6.0, 3.0, (10, 30)),
            *(500, 5_000, 500, 2_000, 1_000_000, 200),
            place_mb=300,
            real_files=True,
        ),
    )
}
