"""A library's other places, and the keys of any: opened, and asked for bytes that are not here."""
