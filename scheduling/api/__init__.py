"""The API of planning, booking and visits."""
