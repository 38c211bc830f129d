"""The seam to Ray: the head of an installation, cells and edges as Ray actors, links over Ray calls."""
