"""Storage: one contract over every store, and what each of them must do besides."""
