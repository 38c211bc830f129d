"""The long forms of everything that must hold, one after the other: `make proof`."""
