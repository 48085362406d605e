"""The pure domain against its rules: examples from the sources, and properties against `model`."""
