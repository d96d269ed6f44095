"""Timelines as diagrams: laid out once, drawn as text or as SVG."""
