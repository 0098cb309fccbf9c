"""Previews and what is read out of them: colours, imprints."""
