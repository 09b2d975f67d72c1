from loyalty.models.accounts import Account, Adjustment, Entry, Lot, LotUse
from loyalty.models.programme import Programme, ProgrammeVersion
from loyalty.models.receipts import OneTimeCode, Receipt, Return, ReturnLine

__all__ = [
    "Account",
    "Adjustment",
    "Entry",
    "Lot",
    "LotUse",
    "OneTimeCode",
    "Programme",
    "ProgrammeVersion",
    "Receipt",
    "Return",
    "ReturnLine",
]
