"""The one public port: the head of a request decides who serves it."""
