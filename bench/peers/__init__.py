"""What the benches compare with: bare Ray actors, redis-py, redis-benchmark."""
