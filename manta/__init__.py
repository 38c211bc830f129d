"""Manta put together: the command line, the settings, the launcher. The only place that knows everyone."""
