"""Advancing a test clock through everything that falls due."""
