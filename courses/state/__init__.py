"""Where a course stands, and what can be done about it."""
