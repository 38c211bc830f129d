"""What must cost as little as can be, in C, compiled where it runs."""
