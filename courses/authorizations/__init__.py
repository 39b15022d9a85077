"""Payers' authorisations: what is granted, used and left, and when it is to be renewed."""
