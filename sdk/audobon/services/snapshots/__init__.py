"""Snapshots of a library: made when due, kept by policy, repaired and recovered from."""
