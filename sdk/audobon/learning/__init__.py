"""How a tag is learnt from examples: a head on frozen features, and what it is worth.

================  ==============================================================
``intervals``     how far a share that was counted can be trusted; without numpy
``examples``      what is learnt from: each picture once, near ones together
``folds``         which examples are held out together
``head``          logistic regression on standardised features
``measures``      F1, precision and recall with intervals, on held-out examples
``calibration``   scores that mean what they say
``promise``       the score from which on a precision can be promised
``rivals``        what it has to beat: nothing learnt, the nearest example, others
``lesson``        all of it: examples in, a head and its figures out
``stars``         the same for ratings: ridge regression, and what it has to beat
``ranks``         how far off predicted stars are, and in what order
``likeness``      directions in which what belongs together is close
``plain``         the same on plain data, as worker processes take and give it
``plainstars``    ``stars`` on plain data, ``plainlikeness`` likewise
``staged``        the same as a program of its own, for other machines
``checking``      what a lesson gave, looked at before it is kept; without numpy
================  ==============================================================

Pure functions of arrays: no files, no library, no clock, and no chance but by
a seed. Imported in worker processes only, but for ``intervals`` and ``checking``;
``staged`` reads and writes the files that it is told.
``docs/teaching.md`` says what people are promised of it.
"""
