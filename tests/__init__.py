"""The whole suite; `make test` runs it."""
