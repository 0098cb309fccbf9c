"""Components of models, what they take and give, and pipelines made of them: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen

from audobon.model.asset import AttributeValue

__all__ = [
    "ROLES",
    "Component",
    "Parameter",
    "Part",
    "Pipeline",
    "Requirement",
    "Source",
    "Tensor",
]

ROLES = ("preprocess", "backbone", "head", "postprocess", "filter", "data")
"""What a component does in a pipeline. A filter has no weights; data is used by others."""


def _frozen_map(value: Mapping[str, AttributeValue]) -> Mapping[str, AttributeValue]:
    return MappingProxyType(dict(value))


@frozen(slots=True)
class Tensor:
    """One thing that a component takes or gives.

    ``shape`` is numbers, and letters where any number fits; ``dtype`` is u8,
    u16, i64, f16, f32, or empty for any; ``low`` and ``high`` bound the values;
    ``color`` is the order of channels (RGB, BGR, gray), or empty.
    """

    name: str
    shape: tuple[str, ...]
    dtype: str = ""
    low: float | None = None
    high: float | None = None
    color: str = ""

    def __str__(self) -> str:
        words = [f"{self.name}: {self.dtype or 'any'} [{', '.join(self.shape)}]"]
        if self.low is not None and self.high is not None:
            words.append(f"{self.low:g}..{self.high:g}")
        return " ".join([*words, self.color]).rstrip()


@frozen(slots=True)
class Part:
    """A file inside a package, and the digest (sha256 hex) that it must have."""

    path: str
    sha256: str = ""


@frozen(slots=True)
class Source:
    """Where the files come from.

    ``registry`` is pypi, npm, or file (beside the recipe); ``size`` is the
    package's in bytes, 0 where it is not known.
    """

    registry: str
    package: str = ""
    version: str = ""
    size: int = 0


@frozen(slots=True)
class Requirement:
    """Something else that must be there: a component, or ``openvino``; ``versions`` is a range."""

    name: str
    versions: str = ""


@frozen(slots=True)
class Component:
    """A part of a model, as its recipe describes it.

    ``version`` is a semantic version; ``ask`` is what has to be accepted
    before it is installed, empty for nothing. ``converter`` makes a network of
    the files ("" where there is none, "copy" for data that is kept as it is).
    ``settings`` are the converter's and the step's own.
    """

    name: str
    version: str
    role: str
    summary: str = ""
    licence: str = ""
    ask: str = ""
    source: Source | None = None
    files: tuple[Part, ...] = ()
    converter: str = ""
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    requires: tuple[Requirement, ...] = ()
    settings: Mapping[str, AttributeValue] = field(factory=dict, converter=_frozen_map)

    @property
    def has_weights(self) -> bool:
        """Whether there is something to install."""
        return self.source is not None


@frozen(slots=True)
class Parameter:
    """What can be said when a pipeline is run. ``choices`` or ``low..high`` bound it.

    ``kind`` is empty, or asset: then the value names one, and has to be given.
    """

    name: str
    default: AttributeValue
    summary: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    kind: str = ""


@frozen(slots=True)
class Pipeline:
    """Steps in order, each the name of a component.

    ``gives`` is ``picture``, ``values``, or ``tags``: values that are kept as suggestions.

    ``suffix`` is added to the names of the files it writes. ``many`` says that
    many pictures can go through its network at a time (see ``models.squares``).
    """

    name: str
    summary: str
    steps: tuple[str, ...]
    gives: str
    suffix: str = ""
    parameters: tuple[Parameter, ...] = ()
    many: bool = False
