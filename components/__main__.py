"""Serves the components to programs in other languages."""

from pulumi_probes.components.host import serve

if __name__ == "__main__":
    serve()
