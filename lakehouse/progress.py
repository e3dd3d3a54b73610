"""How long work says how far it is, to whoever shows it."""

from collections.abc import Callable

OnProgress = Callable[[int, int], None]
"""Told the steps done and the steps in all."""
