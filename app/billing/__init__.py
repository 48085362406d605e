"""Preview, close, statements and invoices."""
