"""What changed inside of two versions of a file, in figures, parts and pictures."""
