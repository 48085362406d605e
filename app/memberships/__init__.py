"""Verbs that change the directory, each settling the seats."""
