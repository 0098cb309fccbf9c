"""What holds for all tests."""

from __future__ import annotations

import os

# A test that is not about watching decides itself when the library looks at its files, and need
# not pay for a process that does it too. Those that are about it take this away.
os.environ["AUDOBON_WATCH"] = "off"

# No passphrase of a test ends in the keyring of whoever runs it.
os.environ["AUDOBON_KEYRING"] = "off"
