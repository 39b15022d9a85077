"""Keeping the times of a proposal free for a few minutes, while somebody looks at it."""
