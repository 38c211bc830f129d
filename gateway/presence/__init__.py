"""Who is here: the cells are told of the sockets of this gateway, and asked for whom somebody looks at."""
