"""Clinical numbers as versioned settings: what each means, where it comes from, who signed it."""
