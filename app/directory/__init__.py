"""Who belongs where: rows and reads only."""
