"""The readers of a schedule that compute: one file each, and the loop over time that they share."""
