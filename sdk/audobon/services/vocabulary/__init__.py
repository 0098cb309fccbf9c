"""Tags, catalogs and sets of a library, and how they go to others."""
