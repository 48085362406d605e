"""The workers' door: sweeps and jobs, each a few lines around a service."""
