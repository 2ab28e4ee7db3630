"""Layer 5: HTTP in front of the gateway's use-cases."""
