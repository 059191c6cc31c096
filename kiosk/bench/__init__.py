"""``sternway bench``: each figure measured here, in one run with what stands beside it."""
