"""A real installation under load is killed again and again; what was promised must hold all the same."""
