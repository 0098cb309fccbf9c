"""Assets that vanish for good: from files, versions, stores, caches, logs and reached places.

``plan`` says what is to go, ``journal`` remembers it while it goes, ``doing`` lets it go in an
order that a kill cannot turn into a loss, ``scrub`` does so where everything is derived, ``proof``
searches what is left, and ``book`` remembers, without a name, what must not come back. ``places``
does it at remotes, and ``guard`` is asked by pushes and pulls.
"""
