"""House rules as tests: what the design says about the shape of the code, checked over every tracked file."""
