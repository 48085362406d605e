"""What happened goes out: live updates, out of the outbox."""
