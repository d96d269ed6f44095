"""Scenarios as users write them: by name on the command line, or in a file."""
