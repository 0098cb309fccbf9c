"""Questions answered: by words, likeness, meaning, relations and what belongs together."""
