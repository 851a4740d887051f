"""Speed as ratios to code written by hand, in one process run: `make bench`."""
