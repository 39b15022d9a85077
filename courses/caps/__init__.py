"""The most that is given within so many days, and in one dose (DOMAIN 2.10)."""
