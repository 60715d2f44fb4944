"""Slow, obvious re-computations that the product's own are compared with. Nothing here imports the product."""
