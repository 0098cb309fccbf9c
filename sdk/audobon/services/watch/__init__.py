"""What any program changes on disk, noticed and taken in."""
