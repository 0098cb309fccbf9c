"""What pictures look like and texts mean, as vectors by content: derived, and made again.

:class:`VectorStore` keeps them; what is nearest is worked out in a worker
process, over a matrix that it maps (``inference.matrix``).
:class:`ImprintStore` has what two pictures of one source are known by, and which are near.
"""

from __future__ import annotations

from audobon.storage.vectors.imprints import ImprintStore, Near
from audobon.storage.vectors.store import VectorStore

__all__ = ["ImprintStore", "Near", "VectorStore"]
