"""The generated pages of docs/reference: what each function here returns are paths below that folder, and texts."""
