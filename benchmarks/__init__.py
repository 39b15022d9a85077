"""Speed as ratios: each figure against another one that was measured in the same run."""
