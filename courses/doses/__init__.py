"""Doses that patients have had, here or elsewhere."""
