"""Servers that the lab has itself, made of libraries."""
