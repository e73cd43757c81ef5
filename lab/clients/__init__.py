"""Clients for which Debian has no program that can be scripted."""
