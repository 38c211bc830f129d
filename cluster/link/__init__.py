"""Links: how gateways and cells talk to cells."""
