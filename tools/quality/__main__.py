"""``python tools/dev.py quality``: measure, and with ``--write`` put it into the page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from quality.measures import MEASURES
from quality.pictures import Pictures
from quality.report import markdown, put
from quality.sheets import SHEETS, save
from quality.studio import Missing, Studio, install

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "quality.md"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/dev.py quality", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="a table or a sheet")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/quality.md")
    parser.add_argument(
        "--sheets", metavar="FOLDER", type=Path, help="make the sheets there, no tables"
    )
    parser.add_argument("--accept", action="store_true", help="install what is missing")
    return parser.parse_args()


def main() -> int:
    """Print every table; what cannot be measured is named, and the exit status says so."""
    options = _options()
    if options.accept:
        install(accept=True)
    missing = []
    with Studio() as studio:
        pictures = Pictures()
        for name, measure in MEASURES.items() if options.sheets is None else ():
            if options.only and name not in options.only:
                continue
            try:
                text = markdown(measure(studio, pictures))
            except Missing as error:
                missing.append(str(error))
                continue
            print(f"\n{name}\n\n{text}", flush=True)
            if options.write:
                put(PAGE, name, text)
        for name, sheet in SHEETS.items() if options.sheets else ():
            if options.only and name not in options.only:
                continue
            try:
                save(sheet(studio, pictures), options.sheets / f"{name}.jpg")
            except Missing as error:
                missing.append(str(error))
    for each in missing:
        print(f"not measured: {each}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
