"""Visits that were missed or cancelled late: what counts, and when a clinician looks at it.

rules      what is late, and the counts against the organisation's settings
selectors  the counts of courses and of a patient
views      the piece of a patient's page
"""
