"""The doors: what comes over the network, and what it is answered with."""
