"""Make the little pictures of the styles that hosts show: ``sdk/audobon/panel/styles.png``.

    .venv/bin/python tools/styles.py PICTURE

``PICTURE`` is any photograph; that of a cup in scikit-image (``coffee.png``, CC0) was taken. Needs
the extra ``ai`` and the model multistyle26.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

import audobon
from audobon.panel.styles import COLUMNS, COUNT, EDGE, FILE

SIZE = 192
# The longest side of what is painted: smaller ones are coarser than what the model does at large.


def main(source: str) -> None:
    """Have the picture painted in each style, and put them into one."""
    rows = -(-COUNT // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * EDGE, rows * EDGE))
    with tempfile.TemporaryDirectory() as folder, Image.open(source) as picture:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.convert("RGB").crop((left, top, left + side, top + side))
        square.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(Path(folder) / "cup.png")
        with audobon.Library.create(folder) as library:
            library.add([folder])
            for number in range(COUNT):
                told = library.run("style", "cup.png", style=str(number)).result(timeout=600)
                made = told["results"][0]["made"]["file"]
                with Image.open(made) as painted:
                    small = painted.convert("RGB").resize((EDGE, EDGE), Image.Resampling.LANCZOS)
                sheet.paste(small, (number % COLUMNS * EDGE, number // COLUMNS * EDGE))
    sheet.quantize(256, dither=Image.Dither.NONE).save(FILE, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
