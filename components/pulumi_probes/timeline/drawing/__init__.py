"""Diagrams of timelines, drawn as text or as SVG."""
