from segmentation.models.bulk import BulkChange, BulkRow
from segmentation.models.exports import Export
from segmentation.models.insights import CohortFigure, InsightState, PeriodFigure, ProductMonth, StoreMonth
from segmentation.models.lifecycle import ScoreChange, StagePolicy, StageRules
from segmentation.models.lists import OwnList, SavedView
from segmentation.models.offers import OfferRules, ProductNeighbour, ProductPull
from segmentation.models.predictions import Prediction, PredictionModel
from segmentation.models.scores import CustomerDay, CustomerStats, StatsCheck, Thresholds
from segmentation.models.segments import (
    Segment,
    SegmentColumns,
    SegmentEvent,
    SegmentHead,
    SegmentMember,
    SegmentPick,
    SegmentTouch,
)

__all__ = [
    "BulkChange",
    "BulkRow",
    "CohortFigure",
    "CustomerDay",
    "CustomerStats",
    "Export",
    "InsightState",
    "OfferRules",
    "OwnList",
    "PeriodFigure",
    "Prediction",
    "PredictionModel",
    "ProductMonth",
    "ProductNeighbour",
    "ProductPull",
    "SavedView",
    "ScoreChange",
    "Segment",
    "SegmentColumns",
    "SegmentEvent",
    "SegmentHead",
    "SegmentMember",
    "SegmentPick",
    "SegmentTouch",
    "StagePolicy",
    "StageRules",
    "StatsCheck",
    "StoreMonth",
    "Thresholds",
]
