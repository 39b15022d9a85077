"""Candidacy: criteria and contraindications as data, rules over them, what was decided."""
