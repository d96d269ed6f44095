"""Layer 0: the data that everything else works with. It only uses the standard library."""
