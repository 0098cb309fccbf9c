"""What the panels of hosts say, remember and ask a session for, whichever host it is.

==========  ================================================================
``words``   sizes, ages, facts and jobs as people say them
``brought`` which libraries of a host are too old for those of an add-on
``cells``   columns of a list, badges of a picture, a card of facts
``engine``  what computes, what it lacks, and what waits for a decision
``health``  findings, jobs, caches, storage and failures as rows
``measured`` what takes long and what fails, in a few lines
``recent``  the libraries that were open before
``filling`` what lies in a folder becomes assets
``pages``   the pages of a search as one long list that is filled as it is seen
``purging`` assets removed for good: what goes, where it stays, the proof
``reasons`` why an asset was found, and questions for a colour
``remotes`` other places of the library, and files that are only there
``saving``  new versions, copies of old ones, and files that become assets
``taughtpage`` what a page for teaching remembers while somebody looks
``teaching`` tags that are taught: examples, what was learnt in words, pictures to correct
==========  ================================================================

Knows no host and draws nothing.
"""
