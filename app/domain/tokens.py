"""How secrets are kept: never themselves."""

import hashlib


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. Secrets are long and random, so one round is enough; a short given key is its giver's choice."""
    return hashlib.sha256(secret.encode()).hexdigest()
