"""What follows from what was said: pure machines on integers, without clock, chance or I/O."""
