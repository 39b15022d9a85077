"""What the whole REST API shares: who asks, pages of lists, problems, repeated calls."""
