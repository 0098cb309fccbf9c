"""A pipeline out of components that fit, with parameters that are allowed; or why not."""

from __future__ import annotations

import contextlib
import difflib
import itertools
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from audobon.codec.plain import to_plain
from audobon.errors import Invalid, NotFound, Unavailable
from audobon.model.component import Component, Parameter, Pipeline, Requirement
from audobon.models.contracts import check_fit
from audobon.models.installed import Installed
from audobon.models.missing import missing_for
from audobon.models.ranges import fits
from audobon.models.recipes import builtin_components, builtin_pipelines
from audobon.models.registry import Models

__all__ = [
    "COMMON",
    "Assembled",
    "Step",
    "assemble",
    "beside",
    "parameters_of",
    "pipeline_named",
]

COMMON = (
    Parameter("device", "AUTO", "AUTO, CPU, GPU, NPU, vertex, or as doctor --devices names it."),
    Parameter("precision", "auto", "Of the numbers inside.", ("auto", "f32", "f16", "bf16")),
)
"""What can be said to every pipeline with a network; and ``backbone``, its default the step's."""


@frozen(slots=True)
class Step:
    """A component in its place; ``folder`` is where its files lie, empty without files.

    ``data`` are the folders of data components that it requires, by name.
    """

    component: Component
    folder: str = ""
    digests: tuple[str, ...] = ()
    data: Mapping[str, str] = {}


@frozen(slots=True)
class Assembled:
    """A pipeline that can be run: every step is there and fits the one before."""

    pipeline: Pipeline
    steps: tuple[Step, ...]
    parameters: Mapping[str, Any]

    def told(self) -> dict[str, str]:
        """What a result has to remember of how it was made."""
        names = (f"{step.component.name} {step.component.version}" for step in self.steps)
        said = (f"{name}={value}" for name, value in sorted(self.parameters.items()))
        return {
            "pipeline": self.pipeline.name,
            "components": ", ".join(names),
            "parameters": " ".join(said),
        }

    def task(self) -> dict[str, Any]:
        """As the payload of the task ``model.run``, but for the file."""
        return {
            "steps": [to_plain(step) for step in self.steps],
            "parameters": dict(self.parameters),
        }


def parameters_of(pipeline: Pipeline) -> tuple[Parameter, ...]:
    """All that can be said to a pipeline, but for ``backbone``."""
    known = builtin_components()
    has_network = any(known[name].role == "backbone" for name in pipeline.steps)
    return (*pipeline.parameters, *(COMMON if has_network else ()))


def pipeline_named(name: str) -> Pipeline:
    """The pipeline called ``name``. NotFound names those there are."""
    found = builtin_pipelines().get(name)
    if found is None:
        names = sorted(builtin_pipelines())
        near = difflib.get_close_matches(name, names, 1)
        raise NotFound(
            f"there is no pipeline {name!r}; there are {', '.join(names)}",
            subject=name,
            hint=f"did you mean {near[0]}?" if near else "",
        )
    return found


def assemble(models: Models, name: str, parameters: Mapping[str, Any]) -> Assembled:
    """The pipeline ``name`` with ``parameters``, each step there and fitting.

    Unavailable when a component has to be installed first, Invalid for a
    parameter that is not allowed, or, with both contracts side by side, for
    components that do not fit.
    """
    pipeline = pipeline_named(name)
    given = dict(parameters)
    backbone = given.pop("backbone", None)
    try:
        steps = [_step(models, each, backbone) for each in pipeline.steps]
    except Unavailable as error:
        raise _how_to_get(models, name, error) from error
    if backbone is not None and not any(step.component.name == backbone for step in steps):
        raise Invalid(f"the pipeline {name} has no backbone to replace", subject=name)
    if backbone is not None:
        steps = _resized(steps)
    for before, after in itertools.pairwise(steps):
        check_fit(before.component, after.component)
    allowed = parameters_of(pipeline)
    return Assembled(pipeline, tuple(steps), _checked(name, allowed, given))


def _how_to_get(models: Models, name: str, error: Unavailable) -> Unavailable:
    """The same refusal with the one command that gets all that is missing."""
    of_pipeline = error.subject in {each.name for each in models.missing(name)}
    wanted = name if of_pipeline else error.subject
    hint = missing_for(models, wanted).hint(wanted) or error.hint
    return Unavailable(f"{name} cannot run: {error.message}", subject=error.subject, hint=hint)


def beside(models: Models, assembled: Assembled) -> tuple[Assembled, ...]:
    """Other pipelines of many pictures that end differently after the same network.

    With their usual parameters: their results cost nothing once the network
    has run. Those that are not installed are left out.
    """
    if not assembled.pipeline.many:
        return ()
    said = {each.name: assembled.parameters[each.name] for each in COMMON}
    said["backbone"] = assembled.steps[1].component.name
    found = []
    for other in builtin_pipelines().values():
        if other.many and other.name != assembled.pipeline.name:
            with contextlib.suppress(NotFound, Unavailable, Invalid):
                made = assemble(models, other.name, said)
                if made.steps[:-1] == assembled.steps[:-1]:
                    found.append(made)
    return tuple(found)


def _resized(steps: list[Step]) -> list[Step]:
    """The steps with ``square-224`` made ``square-260`` and the like, as the network takes it."""
    made = list(steps)
    for place, (before, after) in enumerate(itertools.pairwise(steps)):
        family, mark, _ = before.component.name.rpartition("-")
        if before.component.role != "preprocess" or not mark or not after.component.inputs:
            continue
        side = (*after.component.inputs[0].shape, "", "")[1]
        other = builtin_components().get(f"{family}-{side}")
        if other is not None and other.role == "preprocess":
            made[place] = Step(other)
    return made


def _step(models: Models, name: str, backbone: object) -> Step:
    found = _get(models, name, backbone)
    component = found.component if isinstance(found, Installed) else found
    data = {}
    for need in component.requires:
        if need.name != "openvino":
            data[need.name] = _required(models, component, need)
    if isinstance(found, Installed):
        return Step(component, str(found.folder), tuple(sorted(found.files.values())), data)
    return Step(component, data=data)


def _get(models: Models, name: str, backbone: object) -> Installed | Component:
    known = builtin_components().get(name)
    if backbone is not None and known is not None and known.role == "backbone":
        return models.get(str(backbone))
    return models.get(name)


def _required(models: Models, component: Component, need: Requirement) -> str:
    found = models.get(need.name)
    there = found.component if isinstance(found, Installed) else found
    if not fits(there.version, need.versions):
        raise Unavailable(
            f"{component.name} requires {need.name} {need.versions}; installed is {there.version}",
            subject=need.name,
            hint=f"'audobon models update {need.name}'",
        )
    return str(found.folder) if isinstance(found, Installed) else ""


def _checked(name: str, allowed: tuple[Parameter, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    known = {parameter.name: parameter for parameter in allowed}
    for word in given:
        if word not in known:
            there = ", ".join(known) or "none"
            raise Invalid(f"{name} has no parameter {word!r}; it has {there}", subject=word)
    return {word: _value(name, each, given.get(word, each.default)) for word, each in known.items()}


def _value(name: str, parameter: Parameter, value: Any) -> Any:
    """``value`` in the type of the default. Invalid, with what is allowed."""
    if parameter.kind == "asset" and not value:
        raise Invalid(
            f"{name} needs {parameter.name}, an asset: {parameter.summary}",
            subject=parameter.name,
            hint=f"--set {parameter.name}=ASSET",
        )
    default = parameter.default
    kinds = (int, float) if isinstance(default, float) else (type(default),)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    right = isinstance(value, kinds) and (isinstance(default, bool) or not isinstance(value, bool))
    low, high = parameter.low, parameter.high
    if right and number and low is not None and high is not None:
        right = low <= value <= high
    if right and parameter.choices:
        right = value in parameter.choices
    if not right:
        raise Invalid(
            f"{name} does not take {parameter.name}={value!r}; {_allowed(parameter)}",
            subject=parameter.name,
        )
    return float(value) if isinstance(default, float) else value


def _allowed(parameter: Parameter) -> str:
    if parameter.choices:
        return f"one of {', '.join(parameter.choices)} is"
    if isinstance(parameter.default, bool):
        return "true or false is"
    if parameter.low is not None and parameter.high is not None:
        whole = "whole numbers" if isinstance(parameter.default, int) else "numbers"
        return f"{whole} from {parameter.low:g} to {parameter.high:g} are"
    return "a text is" if isinstance(parameter.default, str) else "a number is"
