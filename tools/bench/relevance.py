"""How well searches rank: nDCG of the first ten over the judged library."""

from __future__ import annotations

from bench.judged.asking import WAYS, scored
from bench.judged.judging import HALVES
from bench.judged.stored import assets, judgements
from bench.ours import drive
from bench.report import Result, Row
from bench.run import Run

__all__ = ["relevance"]

_KINDS = (
    *("word", "two", "phrase", "prefix", "plural", "german", "typo", "joined", "number"),
    *("meaning", "seen"),
)


def relevance(run: Run) -> Result:
    """Audobon by words, and by words and meaning where the models are there, next to its peers."""
    rows, judged = assets(), judgements()
    folder = run.place.folder / "library"
    drive(run.place, "judged_library", library=folder)
    table, notes = [], []
    for name, way in WAYS.items():
        run.say(f"asking {name}")
        try:
            found = way(folder, rows, judged)
        except Exception as error:
            from audobon.errors import Unavailable

            if not isinstance(error, Unavailable):
                raise
            notes.append(f"{name}: not measured, {error.message}")
            continue
        means = scored(judged, found)
        for half in HALVES:
            figures = tuple(means[half][kind] for kind in ("all", *_KINDS))
            table.append(Row(f"{name}: {half}", figures))
    return Result(
        "relevance",
        ("all", *_KINDS),
        tuple(table),
        (),
        (
            f"{len(judged)} judged queries over {len(rows)} assets; ranking is tuned by the half"
            " `tune` alone",
            "meaning is asked of all queries, those that are still being typed too",
            *notes,
        ),
    )
