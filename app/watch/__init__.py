"""What a process tells those who watch it: whether it can serve, and figures."""
