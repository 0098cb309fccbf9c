"""The network of a graph, built from what its outputs need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from audobon.errors import BadFile, Unsupported
from audobon.inference import door
from audobon.inference.convert.tfjs.graph import DAMAGE, Graph, Node, read_graph
from audobon.inference.convert.tfjs.operations import KINDS, Made
from audobon.inference.convert.tfjs.turned import Value, Values

__all__ = ["convert"]


def convert(files: Sequence[bytes], options: Mapping[str, Any]) -> Any:
    """Converter: ``model.json``, then the pieces of its weights in order.

    The option ``input_shape`` ("1 256 256 3") is for a graph that does not say
    what it takes. BadFile; Unsupported names the operation.
    """
    graph = read_graph(files)
    shape = [int(word) for word in str(options.get("input_shape", "")).split()]
    try:
        with door.translated("the graph of TensorFlow.js does not fit together"):
            return _Builder(graph, shape or None).network()
    except DAMAGE as error:
        raise BadFile(f"the graph of TensorFlow.js is damaged ({error})") from error


class _Builder:
    def __init__(self, graph: Graph, shape: list[int] | None) -> None:
        self._graph, self._shape = graph, shape
        self._openvino = door.load()
        self._values = Values(door.opset())
        self._made: dict[str, Sequence[Made]] = {
            name: [value] for name, value in graph.constants.items()
        }

    def network(self) -> Any:
        parameters = [self._parameter(self._graph.nodes[name]) for name in self._graph.inputs]
        results = []
        for name, place in self._graph.outputs.items():
            node, _, number = place.partition(":")
            self._make(node)
            value = self._values.plain(self._made[node][int(number or 0)])
            result = self._values.ops.result(value, name=name)
            result.output(0).get_tensor().set_names({name})
            results.append(result)
        return self._openvino.Model(results, parameters, "tfjs")

    def _parameter(self, node: Node) -> Any:
        shape = self._shape or node.shape()
        if shape is None:
            raise Unsupported(
                f"the graph does not say the shape of {node.name}; the setting input_shape does"
            )
        form = self._openvino.PartialShape(shape)
        made = self._values.ops.parameter(form, node.type("dtype"), name=node.name)
        self._made[node.name] = [Value(made.output(0))]
        return made

    def _make(self, name: str) -> None:
        """Build a node after all that it needs; without recursion, for graphs are deep."""
        waiting, begun = [name], set()
        while waiting:
            node = self._graph.nodes[waiting[-1]]
            if node.name in self._made:
                waiting.pop()
                continue
            needed = [each.partition(":")[0] for each in node.inputs]
            missing = [each for each in needed if each not in self._made]
            if not missing:
                self._made[node.name] = self._built(node)
                waiting.pop()
            elif node.name in begun:
                raise BadFile(f"the graph runs in a circle at {node.name}")
            else:
                begun.add(node.name)
                waiting += missing

    def _built(self, node: Node) -> Sequence[Made]:
        build = KINDS.get(node.kind)
        if build is None:
            raise Unsupported(
                f"the operation {node.kind} of TensorFlow.js is not known; "
                f"known are {', '.join(sorted(KINDS))}"
            )
        given = []
        for each in node.inputs:
            name, _, number = each.partition(":")
            given.append(self._made[name][int(number or 0)])
        made = build(self._values, node, given)
        return [made] if isinstance(made, (Value, np.ndarray)) else made
