"""Holds on doses: opened by people or rules, released by a clinician for a reason."""
