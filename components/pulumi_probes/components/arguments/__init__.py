"""The arguments of components: their types, their limits, and the errors about them."""
