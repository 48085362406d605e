"""The organization: its row, its lock and instant, its test clock, its periods, its activation."""
