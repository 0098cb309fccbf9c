"""One entry for all development tasks: ``python tools/dev.py --help``.

This file stays readable by any Python, however old, so that an old one is
told what is needed instead of showing a syntax error.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is the check that makes it true
    sys.exit(
        "error: tools/dev.py needs Python 3.11 or newer, this one is %d.%d (%s)\n"  # noqa: UP031
        "hint: run it as python3.11 tools/dev.py, or newer"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

from devtools.main import main

if __name__ == "__main__":
    sys.exit(main())
