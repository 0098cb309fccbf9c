"""What lies in a remote, and how it is kept correct; ``docs/format/remote.md`` gives the objects.

A depot is any :class:`ObjectStore` with packs, git packs, previews and refs in
it. All but refs, locks and the header never changes once it is there, so whatever
is cut off goes on where it stopped; and everything is durable before something
refers to it.

============  ==============================================================
``keys``      the names of objects
``records``   the small JSON objects: header, refs, locks
``depot``     one place, opened: its header, refs, git packs, locks
``contents``  which chunks it has, kept here beside it, and bytes out of it
``sending``   bytes of files into it
``fetching``  bytes of files out of it into a chunk store
``planning``  what a fetching would ask for
``pictures``  previews both ways
``tasks``     several transfers at once, with an end to each
============  ==============================================================

Snapshots and remotes both stand on this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.system.late import late

if TYPE_CHECKING:
    from audobon.services.depot.depot import Depot
    from audobon.services.depot.fetching import Fetched, fetch
    from audobon.services.depot.pictures import fetch_pictures, send_pictures
    from audobon.services.depot.planning import FetchPlan
    from audobon.services.depot.records import FORMAT, Header, RefRecord
    from audobon.services.depot.sending import Estimate, Sent, estimate, send

__all__ = [
    "FORMAT",
    "Depot",
    "Estimate",
    "FetchPlan",
    "Fetched",
    "Header",
    "RefRecord",
    "Sent",
    "estimate",
    "fetch",
    "fetch_pictures",
    "send",
    "send_pictures",
]

_HOMES = {
    "depot": "Depot",
    "fetching": "Fetched fetch",
    "pictures": "fetch_pictures send_pictures",
    "planning": "FetchPlan",
    "records": "FORMAT Header RefRecord",
    "sending": "Estimate Sent estimate send",
}

if not TYPE_CHECKING:
    __getattr__ = late(__name__, _HOMES)
