"""The words that phones, gateways, cells and actors exchange."""
