"""Layer 0: what everything else talks about. Standard library only."""
