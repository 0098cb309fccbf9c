"""Networks and pixels: what computes, in worker processes only.

==============  ================================================================
``door``        OpenVINO, loaded without telemetry; devices
``atwork``      what callers count on, whichever runtime has a network
``ranking``     which device is tried first
``onnx_door``   onnxruntime, the second runtime; ``onnx_session`` its networks
``convert``     files of other frameworks to OpenVINO's own form
``session``     a compiled network: kept warm, checked, stopped when asked
``tiles``       pictures of any size through a network of one size
``pixels``      what needs no network: palette, normals, seamless textures
==============  ================================================================

It knows neither assets nor recipes: it is given files, contracts and arrays.
"""
