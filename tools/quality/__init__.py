"""How good results of pipelines are on real pictures: figures for ``docs/quality.md``, and sheets.

``pictures``  the pictures, where they come from, and what is done to them
``studio``    a library in a temporary folder that runs pipelines over pictures
``measures``  one function a table
``sheets``    one picture a pipeline, sources above results
``report``    the tables, put into the page
"""
