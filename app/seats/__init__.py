"""Subscriptions, the ledger of grants, the peak over it, and the change that moves them."""
