"""Safety alerts: raised on save, told to whoever is on duty, closed only by an assessment."""
