"""The protocol editor: drafting, comparing, signing, publishing and retiring versions."""
