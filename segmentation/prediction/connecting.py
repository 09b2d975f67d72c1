"""What the package is told of, and what it tells: called once when the app is ready."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from customers import registry
from customers.registry import Hop, Parting
from segmentation.models import Prediction, PredictionModel
from segmentation.prediction import making, predicting, scoring
from tenancy import audit
from tenancy.models import Membership


def connect() -> None:
    assert making.make and scoring.score  # known from here on
    registry.merges_by_itself(Prediction._meta.label)
    registry.on_merged(follow)
    registry.on_unmerged(follow_back)
    audit.describe(
        {
            "predictions.asked": _("Had the prediction learned anew"),
            "predictions.exported": _("Took out a list of predictions"),
        }
    )
    audit.describe_subject(PredictionModel, audit.Subject(_("Prediction model"), find=audit.names(PredictionModel)))


def follow(hops: Sequence[Hop], *, by: Membership | None) -> None:
    """What is said of the survivors speaks of all their orders; of the others nothing is."""
    predicting.predict({id for hop in hops for id in (hop.customer_id, hop.into_id)})


def follow_back(parting: Parting, *, by: Membership | None) -> None:
    predicting.predict({parting.root_id, *(hop.customer_id for hop in parting.hops)})
