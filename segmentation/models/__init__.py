from segmentation.models.bulk import BulkChange, BulkRow
from segmentation.models.exports import Export
from segmentation.models.lists import OwnList, SavedView
from segmentation.models.scores import CustomerStats, Thresholds

__all__ = ["BulkChange", "BulkRow", "CustomerStats", "Export", "OwnList", "SavedView", "Thresholds"]
