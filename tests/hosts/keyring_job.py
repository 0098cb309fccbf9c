"""Runs on a bus of its own, with a Secret Service that is unlocked: keeps, finds and forgets."""

from __future__ import annotations

import json
import os
import subprocess
import sys

PASSPHRASE = "gr\u00fcn und gro\u00df, planted-Secret"


def main() -> None:
    subprocess.run(
        ["gnome-keyring-daemon", "--unlock", "--components=secrets"],
        input=b"password of the keyring",
        stdout=subprocess.DEVNULL,
        check=True,
    )
    from audobon.errors import Unavailable
    from audobon.services.places import sealing
    from audobon.storage.objects import MemoryStore
    from audobon.storage.vault import Costs, ring

    cheap = Costs(8, 1, 1)
    store = MemoryStore()
    place, _ = sealing.seal_place(store, PASSPHRASE, costs=cheap, floor=cheap)
    place.store.put("refs/main", b"1")
    told: dict[str, object] = {"name": ring.keyring_name()}
    told["kept"] = sealing.keep_passphrase(place, PASSPHRASE)
    # As another process does, which has not opened it before.
    sealing._open_keys.clear()
    again = sealing.open_place(store, floor=cheap)
    told["read"] = again.store.get("refs/main").decode()
    assert again.mark is not None
    told["forgotten"] = sealing.forget_passphrase(again.mark)
    told["again"] = sealing.forget_passphrase(again.mark)
    try:
        sealing.open_place(store, floor=cheap)
    except Unavailable as error:
        told["after"] = str(error)
    sealing.keep_passphrase(place, PASSPHRASE)
    os.environ["AUDOBON_KEYRING"] = "off"
    told["off"] = [ring.keyring_name(), sealing.keep_passphrase(place, PASSPHRASE)]
    print(json.dumps(told))


if __name__ == "__main__":
    sys.exit(main())
