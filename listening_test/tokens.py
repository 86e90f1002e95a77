"""Tokens: drawn at random, or derived from the server's secret; kept as their hash alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets

TOKEN_BYTES = 24
"""192 bit: beyond guessing, and 32 characters in an address."""


def new_token() -> str:
    """A token from the system's randomness."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """What the database keeps of a token: SHA-256, hex. Tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def derive(secret: str, *parts: str | int) -> str:
    """A token that follows from the secret and these parts, and tells nothing about either."""
    return base64.urlsafe_b64encode(_mac(secret, parts)[:TOKEN_BYTES]).decode()


def derive_word(secret: str, *parts: str | int) -> int:
    """An integer of 32 bit that follows from the secret and these parts."""
    return int.from_bytes(_mac(secret, parts)[:4], "little")


def same(one: str, other: str) -> bool:
    """Whether two tokens are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _mac(secret: str, parts: tuple[str | int, ...]) -> bytes:
    return hmac.digest(secret.encode(), json.dumps(parts).encode(), "sha256")
