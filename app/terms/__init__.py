"""What an amount depends on: price lists, VAT rates, issuers, billing profiles."""
