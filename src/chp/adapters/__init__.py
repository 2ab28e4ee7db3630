"""Layer 5: the world behind the ports; each module knows one library or one part of the system."""
