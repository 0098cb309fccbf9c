"""Run every check on this checkout; status 1 when one found something."""

from __future__ import annotations

import sys
from pathlib import Path

from checks import (
    addons,
    changelog,
    contracts,
    doors,
    errors_page,
    glossary,
    licences,
    links,
    locks,
    public,
    sizes,
    snippets,
    verbs,
)

CHECKS = (
    sizes,
    doors,
    public,
    verbs,
    errors_page,
    glossary,
    changelog,
    links,
    snippets,
    licences,
    locks,
    contracts,
    addons,
)


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    found = [(module.__name__, line) for module in CHECKS for line in module.check(root)]
    for name, line in found:
        print(f"{line}  [{name}]")
    print(f"{len(CHECKS)} checks, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
