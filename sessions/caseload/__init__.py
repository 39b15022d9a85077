"""The caseload: every course that somebody follows, those who need them first.

`rules` says what a line of it says and in which order lines come, `facts` reads what they are
made of, and `selectors` puts both together. Which visits somebody serves is known a floor above.
"""
