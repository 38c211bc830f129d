"""The ground: cells that host actors, and everything that keeps what they hold."""

from cluster import compiled

compiled.engage()
