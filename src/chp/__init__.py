"""CHP: a paper exchange, its gateway and its clients."""
