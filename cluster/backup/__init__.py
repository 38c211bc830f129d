"""Backup while the installation runs, and restore that proves itself."""
