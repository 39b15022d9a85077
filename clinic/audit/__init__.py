"""Who saw and who changed what (G11).

`triggers` write down every change; `context` says who, from where and why; `openings` note who
was shown a chart; `history` reads both for people, and `words` puts them into words.
"""
