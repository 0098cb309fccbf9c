"""Pages of HTML that need nothing else: no network, no script to be read, light and dark.

============  ==============================================================
``look``      what all pages share: style, frame, tables, pictures
``words``     a difference in sentences, for pages and for the command line
``svg``       marks and cards; ``plots`` and ``graphs`` are plots of them
``healthpage``  what plots show of a library, ``runspage`` of what was taught
``diffpage``  the difference of two versions, and ``diffstyle`` how it looks
``headcard``  what a head was learnt from and is worth, as Markdown
============  ==============================================================

They are made from models alone; nothing here opens a library or a file.
"""

from __future__ import annotations
