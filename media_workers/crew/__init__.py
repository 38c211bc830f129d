"""The crew: carries out orders, each in a process of its own that may do what it likes to nobody else."""
