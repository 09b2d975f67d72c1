"""Measurements: each compares the product with the bare thing in the same run (docs/benchmarks.md)."""
