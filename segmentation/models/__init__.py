from segmentation.models.bulk import BulkChange, BulkRow
from segmentation.models.exports import Export
from segmentation.models.lists import OwnList, SavedView
from segmentation.models.offers import OfferRules, ProductNeighbour, ProductPull
from segmentation.models.scores import CustomerDay, CustomerStats, Thresholds

__all__ = [
    "BulkChange", "BulkRow", "CustomerDay", "CustomerStats", "Export", "OfferRules", "OwnList", "ProductNeighbour",
    "ProductPull", "SavedView", "Thresholds",
]  # fmt: skip
