"""Scores over time with the doses between them."""
