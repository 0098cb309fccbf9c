"""Structure-aware storage: what a file holds, in a form that versions share.

``docs/format/transforms.md`` gives the bytes. Nothing here is imported before
a file is repacked, or one that was is read.

=============  ==========================================================
``chain``      transforms applied, proved and undone
``takeapart``  ``unpack``: zstd and gzip scenes, zips, PNGs and FBX taken apart
``taker``      the pieces of one file: deflated streams, pixels, Krita's tiles
``emit``       the inverse of ``unpack``
``anew``       the same content without the zlib that compressed it
``moved``      numbers of a file whose parts got other lengths
``zips``       the headers of a zip, corrected
``records``    binary FBX: its arrays found, its offsets corrected
``proof``      what a file says, however it is compressed
``encoders``   the compressors whose work is made again
``pointers``   ``pointers``: a .blend without its session's addresses
``blocks``     the blocks of a .blend and their names
``rewrite``    a .blend copied with every address and pointer replaced
``runs``       the same for sections that are alike, column by column
``dna``        which words of a .blend are addresses
``numbers``    numbers of tables and side streams, as bytes
``spools``     temporary files
=============  ==========================================================
"""

from __future__ import annotations

__all__: list[str] = []
