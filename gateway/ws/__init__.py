"""The WebSocket side: connections, sessions, and pushes that are encoded once for all who look."""
