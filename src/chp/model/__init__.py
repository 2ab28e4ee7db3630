"""Layer 1: what can be said; frozen records and enumerations, no behaviour."""
