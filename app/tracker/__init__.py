"""The tracker: queues, issues, comments, watchers, attachments, history, boards. Every write passes access (R7.2)."""
