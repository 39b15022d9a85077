"""How a course does against its baseline, and what that asks of a clinician; never more."""
