from . import announcements, claims, ledger, pots

__all__ = ["announcements", "claims", "ledger", "pots"]
