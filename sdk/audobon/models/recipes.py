"""Recipes: components and pipelines as data files, ours and the user's."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from audobon.codec.plain import from_plain
from audobon.errors import Invalid
from audobon.model.component import ROLES, Component, Pipeline
from audobon.models.ranges import fits, version_key
from audobon.system.files import translate_os_error

__all__ = ["builtin_components", "builtin_pipelines", "parse_recipe", "read_recipe"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REGISTRIES = ("pypi", "npm", "file")
MAX_RECIPE = 1 << 20
"""Bytes of a recipe that are read; ours have two thousand."""


def parse_recipe(data: Mapping[str, Any], where: str) -> Component:
    """A component from the data of a recipe. Invalid names every wrong field."""
    plain = dict(data)
    plain["files"] = [_part(item) for item in plain.get("files", [])]
    for side in ("inputs", "outputs"):
        plain[side] = [_tensor(item) for item in plain.get(side, [])]
    if plain["files"] and "source" not in plain:
        plain["source"] = {"registry": "file"}
    try:
        component = from_plain(plain, Component)
    except ValueError as error:
        raise Invalid(f"the recipe {where} is wrong: {error}", subject=where) from error
    problems = list(_problems(component, data))
    if problems:
        raise Invalid(f"the recipe {where} is wrong: {'; '.join(problems)}", subject=where)
    return component


def _part(item: Any) -> Any:
    return {"path": item} if isinstance(item, str) else item


def _tensor(item: Any) -> Any:
    if isinstance(item, Mapping) and isinstance(item.get("shape"), list):
        return {**item, "shape": [str(length) for length in item["shape"]]}
    return item


def _problems(component: Component, data: Mapping[str, Any]) -> Any:
    known = {field.name for field in Component.__attrs_attrs__}
    for name in sorted(set(data) - known):
        yield f"{name} is not a field; there are {', '.join(sorted(known))}"
    if not _NAME.fullmatch(component.name):
        yield f"the name {component.name!r} has other characters than a-z, 0-9, '.', '_', '-'"
    try:
        version_key(component.version)
        for need in component.requires:
            fits("1.0.0", need.versions)
    except Invalid as error:
        yield error.message
    if component.role not in ROLES:
        yield f"the role {component.role!r} is none of {', '.join(ROLES)}"
    source = component.source
    if source is None:
        return
    if source.registry not in _REGISTRIES:
        yield f"the registry {source.registry!r} is none of {', '.join(_REGISTRIES)}"
    if not component.files or not component.converter:
        yield "files and a converter are needed where there is a source"
    for part in component.files:
        if source.registry != "file" and not _DIGEST.fullmatch(part.sha256):
            yield f"{part.path} has no sha256 of 64 hex digits"
        if Path(part.path).is_absolute() or ".." in Path(part.path).parts:
            yield f"{part.path} leads out of the package"


def read_recipe(path: Path) -> Component:
    """The component that a recipe of the user's describes. NotFound, Invalid."""
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_RECIPE + 1)
    except OSError as error:
        raise translate_os_error(error, path) from error
    if len(text) > MAX_RECIPE:
        raise Invalid(f"{path} is longer than any recipe", subject=str(path))
    return parse_recipe(_toml(text, str(path)), str(path))


def _toml(text: bytes, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"the recipe {where} is no TOML: {error}", subject=where) from error


def _shipped(folder: str) -> dict[str, dict[str, Any]]:
    found = {}
    for item in sorted(resources.files("audobon.models").joinpath(folder).iterdir(), key=str):
        if item.name.endswith(".toml"):
            found[item.name] = _toml(item.read_bytes(), item.name)
    return found


@functools.cache
def builtin_components() -> Mapping[str, Component]:
    """Every component that this version knows, by name."""
    parsed = [parse_recipe(data, name) for name, data in _shipped("recipes").items()]
    return {component.name: component for component in parsed}


@functools.cache
def builtin_pipelines() -> Mapping[str, Pipeline]:
    """Every pipeline that this version knows, by name."""
    found = [from_plain(data, Pipeline) for data in _shipped("pipelines").values()]
    return {pipeline.name: pipeline for pipeline in found}
