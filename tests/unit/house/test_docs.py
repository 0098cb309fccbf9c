"""The documentation keeps up with the code: names, verbs and errors."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import audobon
from audobon import errors
from audobon.errors import AudobonError
from checks import errors_page, glossary, public, verbs

ROOT = Path(__file__).resolve().parents[3]


def test_every_public_name_exists_and_is_documented() -> None:
    package = ROOT / "sdk" / "audobon" / "__init__.py"
    names = public.names_of(ast.parse(package.read_text("utf-8")))
    assert names, "audobon.__all__ must be a literal list, readable without importing"
    assert sorted(names) == sorted(audobon.__all__)
    for name in names:
        assert getattr(audobon, name) is not None
    assert [line for line in public.check(ROOT) if line.startswith("docs/")] == []


def test_every_verb_is_documented() -> None:
    assert "add" in verbs.verbs(ROOT)
    assert verbs.check(ROOT) == []


def test_every_error_is_documented() -> None:
    # The check reads the source; the classes themselves must say the same.
    tree = ast.parse((ROOT / "sdk" / "audobon" / "errors.py").read_text("utf-8"))
    declared = errors_page.declared(tree)
    named = [getattr(errors, name) for name in errors.__all__]
    classes = {
        cls.__name__: (cls.code, cls.slug)
        for cls in named
        if isinstance(cls, type) and issubclass(cls, AudobonError) and cls is not AudobonError
    }
    assert declared == classes
    assert errors_page.check(ROOT) == []


def test_the_glossary_has_the_nouns_of_the_model() -> None:
    known = glossary.entries(ROOT)
    model = {"asset", "change", "job", "library", "preview", "version", "recipe", "chunk"}
    assert model <= set(known)
    assert glossary.check(ROOT) == []


def test_checks_are_all_found_by_the_runner() -> None:
    runner = importlib.import_module("checks.__main__")
    helpers = {"__init__", "__main__", "source"}
    files = {path.stem for path in (ROOT / "tools" / "checks").glob("*.py")} - helpers
    assert files == {module.__name__.removeprefix("checks.") for module in runner.CHECKS}
