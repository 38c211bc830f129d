"""The Python client: its core in a simulated network, its shell against real gateways."""
