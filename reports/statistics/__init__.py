"""Statistics of runs: frontier, BD-rate, comparisons, codebooks, speed, trust in metrics."""
