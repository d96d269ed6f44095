"""Scenarios as users write them: names on the command line, or a file."""
