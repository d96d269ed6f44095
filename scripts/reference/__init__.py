"""The generated pages of docs/reference; each function returns paths below that directory, and texts."""
