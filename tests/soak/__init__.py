"""`make soak`: a year of a thousand organizations under faults, then the invariants and what the callers noted."""
