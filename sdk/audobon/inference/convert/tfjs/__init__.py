"""Networks of TensorFlow.js: a graph as JSON and its weights, as ``tensorflowjs`` writes them.

==============  ================================================================
``graph``       ``model.json`` and the weights behind it: nodes, constants, names
``turned``      values whose axes are turned only where an operation needs it
``operations``  what each operation is in OpenVINO's own set
``builder``     the network, put together from its inputs to its outputs
==============  ================================================================

The form follows the source of ``@tensorflow/tfjs-converter`` 4.22 (Apache-2.0)
and TensorFlow's ``graph.proto``. Nothing in a file is run: an operation that
is not here, a function of the graph among them, is refused by its name.
"""

from audobon.inference.convert.tfjs.builder import convert

__all__ = ["convert"]
