"""Who saw and who changed what (G11)."""
