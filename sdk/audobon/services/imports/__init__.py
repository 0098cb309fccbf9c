"""Versions from elsewhere: git repositories, and numbered files."""
