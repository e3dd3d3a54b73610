"""A port of ours: a socket that listens on it, or an error that says what to do."""

import socket

from lakehouse.errors import PortTaken


def listening(host: str, port: int, *, hint: str) -> socket.socket:
    """A socket bound to the port, 0 for any free one; raises PortTaken with the hint."""
    # Named TCP, because asyncio switches Nagle's 40 ms off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise PortTaken(f"port {port} is taken", where=f"{host}:{port}", hint=hint) from None
    return listener
