"""Columns of all customers, in files that every process maps: a rule is counted on them in milliseconds."""
