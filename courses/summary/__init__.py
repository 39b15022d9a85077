"""One page about a course for the doctor who referred the patient, as a PDF.

`content` gathers what it says, `paper` draws it. It leaves the clinic only under a consent to
release information to that recipient.
"""
