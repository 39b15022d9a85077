"""Personal calendar feeds: one's own visits in the calendar on one's phone, by a secret address.

The address is shown once and kept as a hash. A feed names no patient and nothing of treatment; it
ends when its owner revokes it or makes another, and when their access ends.
"""
