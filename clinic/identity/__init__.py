"""Which charts are of one person: likely duplicates, and charts that somebody linked."""
