"""People and programs that work for an organisation: asking them in, their roles, their leaving."""
