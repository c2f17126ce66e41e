"""Torch modules over a backend: cells, chains of them, and the stateful face for stepping by hand."""
