"""Pairs that may be one person: looked at side by side, decided, merged, taken apart again."""
