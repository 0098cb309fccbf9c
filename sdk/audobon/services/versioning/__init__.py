"""Versions of a library: made, compared, gone back to, branched, packed and proved."""
