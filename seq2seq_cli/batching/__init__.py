"""Prepared datasets, and batches drawn from them."""
