"""The outbox and the audit chain: what every other room writes into."""
