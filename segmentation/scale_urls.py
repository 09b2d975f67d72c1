"""Addresses of the settings of scores, below settings/ of a company."""

from django.urls import path

from segmentation.views import scales

app_name = "scales"
urlpatterns = [
    path("stages/", scales.stages, name="stages"),
    path("stages/policies/", scales.policies, name="policies"),
    path("stages/policies/<uuid:policy_id>/deletions/", scales.policy_deletions, name="policy_deletions"),
    path("bands/", scales.bands, name="bands"),
]
