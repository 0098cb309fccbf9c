"""The nouns of Audobon as inert, immutable values.

No clock, no file, no database here: structuring belongs to ``audobon.codec``
and behaviour to the services. Sequences are tuples, mappings are read-only.
"""
