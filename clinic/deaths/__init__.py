"""That a patient has died: said by one person, confirmed by another (DOMAIN 8.43, 8.44)."""
