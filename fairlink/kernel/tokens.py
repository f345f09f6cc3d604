"""Secrets that travel in links: made at random, kept as hashes only."""

import hashlib
import secrets


def new_token() -> str:
    """A fresh secret of 256 bits, fit for a path."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: its SHA-256 in hex. A leaked table opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
