"""The main job in front of the user: a small library of real files, and a page of pictures.

==========  ================================================================
``samples``  real files that are on this machine, and some that are made here
``story``    the steps, each done through the public surface
``page``     what happened, as one HTML file that needs nothing else
==========  ================================================================
"""

from __future__ import annotations

from audobon.demo.story import run_demo

__all__ = ["run_demo"]
