"""Components and pipelines: what can be computed here, and how its parts get here.

==============  ================================================================
``recipes``     the data files that describe components and pipelines
``ranges``      semantic versions and ranges of them
``contracts``   whether what one component gives is what the next one takes
``fetch``       packages from registries, by their own clients
``archive``     one member of a package, bounded and verified
``convert``     the task that makes an installed component of a package
``registry``    install, remove, update, verify
``updating``    what an update has done, and whom it would break
``assemble``    a pipeline out of components, or why not
``joining``     a backbone and a head as one component
``int8``        a network in 8 bits, measured beside the one it was made of
``feeding``     what a pipeline feeds to one of its networks
``running``     the task that runs a pipeline on a picture
``devices``     which devices compute what the CPU computes
==============  ================================================================

Nothing in a package is run, and nothing is fetched unless somebody asks for
it. ``docs/models.md`` has the promises and the form of a recipe.
"""
