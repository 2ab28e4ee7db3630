"""Layer 4: the order of steps; use-cases on ports."""
