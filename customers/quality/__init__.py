"""How good the records are: faults and scores, who is to mend them, and how it stands by field, source and store."""

from customers.quality.faults import BY_KEY, DUE, FAULTS, Fault, mask, reasons, score

__all__ = ["BY_KEY", "DUE", "FAULTS", "Fault", "mask", "reasons", "score"]
