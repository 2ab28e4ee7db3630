"""Money and securities: double entry, holds, positions, margin."""
