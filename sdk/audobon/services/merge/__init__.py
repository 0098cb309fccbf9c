"""Two branches become one: planned, decided, finished or given up; contents by their parts."""
