"""Scores over time with the doses between them, and gaps as planned against gaps as they were."""
