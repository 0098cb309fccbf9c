"""Files where they lie: found, told apart, read, taken in, and put in place."""
