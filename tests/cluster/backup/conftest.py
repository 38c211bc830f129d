"""The stores that a restore is tried on: those of the storage contracts."""

from tests.cluster.storage.conftest import external_redis, journal, open_journal, socket_folder, valkey

__all__ = ["external_redis", "journal", "open_journal", "socket_folder", "valkey"]
