"""Segments: a rule says whom one means; SQL, columns and one customer's `why` answer it alike."""
