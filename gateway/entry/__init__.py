"""Who comes in: passwords, tokens, sessions, and what has been revoked."""
