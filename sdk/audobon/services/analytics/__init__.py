"""An export for analysis: rows of a documented schema, to a file or to BigQuery, when asked to.

=============  ==================================================================
``book``       what was decided, the key of pseudonyms, and what was sent where
``sources``    what the rows of a table are made of, a batch at a time
``rows``       things of the library as rows, without a name unless asked for
``sinks``      where rows go: a SQLite file, a folder of JSON lines
``exporting``  a batch after the other, each noted before and after it is sent
``schema``     the tables as SQL and JSON
``queries``    ready-made questions
=============  ==================================================================
"""
