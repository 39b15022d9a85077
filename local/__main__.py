"""`python -m local`: the product on one machine."""
