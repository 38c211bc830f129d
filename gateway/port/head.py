"""The head of an HTTP request, looked at just far enough to know who serves it."""

LIMIT_BYTES = 16 * 1024  # a head that is longer is refused
END = b"\r\n\r\n"
TLS_HELLO = b"\x16\x03"  # how a TLS handshake begins, and no request


def wants_websocket(head: bytes, path: bytes) -> bool:
    """Whether this whole head asks for a WebSocket at that path."""
    line, _, fields = head.partition(b"\r\n")
    words = line.split(b" ")
    if len(words) != 3 or words[1].partition(b"?")[0] != path:
        return False
    for field in fields.split(b"\r\n"):
        name, _, value = field.partition(b":")
        if name.lower() == b"upgrade" and value.strip().lower() == b"websocket":
            return True
    return False
