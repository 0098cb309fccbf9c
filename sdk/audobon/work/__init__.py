"""Jobs, and the worker processes that do them. Knows no assets.

``executor`` runs one task after another in a child process with limits,
``pool`` in several; ``queue`` is what a store of jobs promises, ``runner``
takes jobs out of one and has them done; ``background`` keeps one process
alive that does that while there is work. ``docs/workers.md`` has the promises.
"""
