"""The calls of ``Library``, by what they are about. Each hands on to its service.

============  ==============================================================
``base``      what all calls need: the stores, and an asset by any name it has
``assets``    adding, editing, relating, locking
``finding``   search and previews
``versions``  history: commit, log, diff, restore, branches, import, care
``merging``   one branch taken into another
``computing`` models, pipelines
``reviewing`` suggested tags
``tidying``   duplicates merged, lost files found again
``upkeep``    jobs, counts, health
============  ==============================================================

There is no algorithm here. Heavy parts are imported by the calls that need
them.
"""
