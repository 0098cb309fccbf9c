"""The edges of the model: JSON manifests, command-line output and query text."""
