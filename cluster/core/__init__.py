"""The cell without I/O: what comes in, what goes out, what is remembered."""
