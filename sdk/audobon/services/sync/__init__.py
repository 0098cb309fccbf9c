"""Remotes: pushed to, pulled from, cloned, and what that would cost."""
