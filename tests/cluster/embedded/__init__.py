"""What an installation brings along, tested with the real programs."""
