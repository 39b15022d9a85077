"""What a time without a dose asks for, by the table of the protocol (DOMAIN 2.7)."""
