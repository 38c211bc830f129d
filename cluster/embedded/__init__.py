"""What an installation brings along: Valkey, SeaweedFS, and the care for processes that both need."""
