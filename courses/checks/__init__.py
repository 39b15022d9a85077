"""Laboratory and other periodic checks: which there are, what is due when, what was found."""
