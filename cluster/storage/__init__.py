"""Where journals, snapshots and objects lie."""
