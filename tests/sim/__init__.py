"""Schedules of whole clusters under faults, by seed: what DESIGN.md promises is checked after each."""
