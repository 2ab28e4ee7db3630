"""Where market orders come from: the recorded tape, and seeded agents."""
