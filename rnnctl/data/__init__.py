"""Sources, facts, splits, scaling and windows; what validation needs is plain Python."""
