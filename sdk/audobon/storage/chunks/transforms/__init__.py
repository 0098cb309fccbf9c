"""Structure-aware storage: what a file holds, in a form that versions share.

``docs/format/transforms.md`` gives the bytes. Nothing here is imported before
a file is repacked, or one that was is read.

=============  ==========================================================
``chain``      transforms applied, proved and undone
``takeapart``  ``unpack``: zstd and gzip scenes, zips and PNGs taken apart
``taker``      the pieces of one file: deflated streams, pixels, Krita's tiles
``emit``       the inverse of ``unpack``
``encoders``   the compressors whose work is made again
``pointers``   ``pointers``: a .blend without its session's addresses
``blocks``     the blocks of a .blend and their names
``dna``        which words of a .blend are addresses
``numbers``    numbers of tables and side streams, as bytes
``spools``     temporary files
=============  ==========================================================
"""

from __future__ import annotations

__all__: list[str] = []
