"""Who may see what: decided at read time, for every surface, by one function."""
