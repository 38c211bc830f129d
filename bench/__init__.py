"""Measurements whose bounds hold or fail: `manta bench NAME`; compared with others in the same run."""
