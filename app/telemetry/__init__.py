"""What is counted and traced, and how. It knows nothing of the rest."""
