"""Work in Google's cloud, for those who ask for it: optional, and never needed.

=============  ==================================================================
``settings``   project, region and place of objects, and what may be spent
``prices``     what machines cost an hour, by a file
``calling``    every call with a time limit and retries; errors become ours here
``clients``    the clients, over REST or gRPC
``package``    the learning part of this package as a wheel, and a task beside it
``vertex``     custom jobs: begun once, followed, cancelled, their result verified
``ledger``     runs of this user: a queue with limits on jobs at a time and money
``running``    a task from the queue to its result
``analytics``  rows of an export into BigQuery; ``analyticsclient`` has its client and errors
``tasks``      what worker processes do of it
``uploads``    networks as versions of models in the registry, with aliases that move
``endpoints``  networks that answer as long as they may; ``predicting`` asks them
``batches``    many questions answered as one job, without an endpoint
``garden``     models of Model Garden: found, retrieved, verified, newer ones told
=============  ==================================================================

Google's modules are imported inside functions only: ``import audobon`` loads none of them.
"""
