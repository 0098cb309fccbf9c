"""What people teach: tags, likeness, ratings; lessons and their heads."""
