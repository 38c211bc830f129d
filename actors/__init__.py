"""The nouns: pure state machines that decide and apply, and touch nothing."""
