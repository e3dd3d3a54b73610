"""Deterministic ids: what is seen or sent again has the same id, and the same user the same pseudonym."""

import hashlib
import hmac


def event_id(*parts: object) -> str:
    """32 hex characters (128 bits of SHA-256) over the parts, joined by a separator that no part may hold."""
    texts = [str(part) for part in parts]
    if any("\x1f" in text for text in texts):
        raise ValueError("an id part may not hold the separator U+001F")
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:32]


def pseudonym(user_id: str, secret: bytes, key_id: str) -> str:
    """`k1:` and 32 hex characters (128 bits of HMAC-SHA256): nobody without the secret can tell whose it is."""
    return f"{key_id}:{hmac.digest(secret, user_id.encode(), 'sha256').hex()[:32]}"
