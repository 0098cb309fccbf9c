"""What a host's panel talks to: one open library, asked and followed in the background.

============  ==============================================================
``session``   the object a host holds: commands that return at once
``state``     what the panel shows, as frozen data
``opened``    one library from its opening to its end, with its threads
``finding``   searches as one types, pages, the chosen asset, following along
``looking``   what is inside the chosen scene
``history``   what a host asks about versions, branches, merges, locks, links
``historian`` looks at them in the background; ``past`` is what it tells
``remotes``   what a host asks about other places of the library
``remotely``  what is known of them, looked at while somebody looks
``transferring`` what goes to other places and comes from them, beside other work
``purging``   assets removed for good: the plan, then the deed
``keys``      who opens encrypted places, recovery keys, rotation
``snapshots`` what a host asks about snapshots
``backing``   makes those that are due; ``kept`` is what is told of snapshots
``telling``   one field of the state that several threads change parts of
``opens``     what parts of the session's class stand on
``holding``   locks on the files that the host has open
``locks``     what a host asks about locks; ``locked`` is what is known of them
``teaching``  what a host asks to teach a tag; ``taught`` is what is known of it
``pictures``  previews within a budget of memory
``decoding``  those as pixels, for a host that draws them itself
``selecting`` many assets at once: selected, edited, removed
``marking``   files of the page that are gone, or newer than the library knows
``views``     ways to look at a library without typing, favourites
``doing``     changes and versions one after another, with progress
``instep``    catalogs kept in step with those of Blender's browser
``upkeep``    health, caches, the log
``journal``   what happened, line by line
``computing`` what takes networks: new pictures, likeness, suggestions, models
``making``    pipelines over pictures that a host holds
``reviewing`` from asset to asset with suggested tags
``tools``     what the engine can compute, and what it lacks
``lane``      a thread that does tasks in turn
============  ==============================================================

No call of :class:`~audobon.session.session.Session` waits for a disk, a
worker or another process, and none raises because a library is in trouble:
trouble is part of the state, as a sentence. This room knows no host.
"""

from __future__ import annotations

from audobon.session.making import Made, Picture
from audobon.session.session import Session
from audobon.session.state import Problem, State, Wanted

__all__ = ["Made", "Picture", "Problem", "Session", "State", "Wanted"]
