"""The locks fit ``pyproject.toml``, have a hash for everything, and name no registry.

An address in the lock would tie everybody to one registry, and may carry a
password.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

__all__ = ["check"]

_NAME = re.compile(r"^([A-Za-z0-9._-]+)")
_ADDRESS = re.compile(r"://|--(?:extra-)?index-url|--find-links|--trusted-host")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _named(requirements: list[str]) -> set[str]:
    found = {_normal(m[1]) for text in requirements if (m := _NAME.match(text))}
    return found - {"audobon"}


def _locked(text: str) -> dict[str, bool]:
    """Each locked package, and whether it has a hash."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.replace("\\\n", " "))
    pairs = [(m[1], "--hash=" in entry) for entry in entries if (m := _NAME.match(entry))]
    return {_normal(name): hashed for name, hashed in pairs}


def check(root: Path) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    core = _named(project["dependencies"])
    extras = project.get("optional-dependencies", {})
    dev = core | _named(extras.get("dev", [])) | _named(extras.get("images", []))
    dev |= _named(extras.get("vault", []))
    plain = root / "requirements/plain.in"
    third = _named(plain.read_text("utf-8").splitlines()) if plain.exists() else set()
    locks = [("requirements/core.txt", core), ("requirements/dev.txt", dev)]
    if (small := _named(extras.get("int8", []))) and extras.get("ai"):
        locks.append(("requirements/int8.txt", core | small | _named(extras["ai"])))
    locks += [("requirements/plain.txt", third)] if third else []
    apart = root / "requirements/bigquery.in"
    if apart.exists():
        named = _named(apart.read_text("utf-8").splitlines())
        locks.append(("requirements/bigquery.txt", named))
    found = []
    for name, wanted in locks:
        path = root / name
        text = path.read_text("utf-8") if path.exists() else ""
        locked = _locked(text)
        found += [
            f"{name}:{number}: names a registry"
            for number, line in enumerate(text.splitlines(), 1)
            if _ADDRESS.search(line)
        ]
        found += [f"{name}: {p} has no hash" for p, hashed in sorted(locked.items()) if not hashed]
        missing = sorted(wanted - set(locked))
        found += [f"{name}: {p} is not locked; run tools/dev.py lock" for p in missing]
    return found
