"""Shallow models on the same parts, the bar for a network."""
