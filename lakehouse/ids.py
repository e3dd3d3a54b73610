"""Deterministic ids: the same observation has the same id however often it is sent."""

import hashlib


def event_id(*parts: object) -> str:
    """32 hex characters (128 bits of SHA-256) over the parts, joined by a separator that no part may hold."""
    texts = [str(part) for part in parts]
    if any("\x1f" in text for text in texts):
        raise ValueError("an id part may not hold the separator U+001F")
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:32]
