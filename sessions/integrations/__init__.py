"""Conversations that belong after doses, and which of them nobody has seen to."""
