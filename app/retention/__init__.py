"""Notices of a trial's end, and the purge."""
