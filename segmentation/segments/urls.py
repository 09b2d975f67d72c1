"""Addresses of segments, below a company's own."""

from django.urls import path

from segmentation.segments.views import building, proposing, reading

app_name = "segments"
urlpatterns = [
    path("segments/", reading.segment_list, name="list"),
    path("segments/new/", building.segment_create, name="create"),
    path("segments/proposals/", proposing.proposals, name="proposals"),
    path("segments/searches/", proposing.searches, name="searches"),
    path("segments/previews/", building.previews, name="previews"),
    path("segments/counts/", building.counts, name="counts"),
    path("segments/conditions/", building.condition_fields, name="conditions"),
    path("segments/<uuid:segment_id>/", reading.segment_detail, name="detail"),
    path("segments/<uuid:segment_id>/edit/", building.segment_edit, name="edit"),
    path("segments/<uuid:segment_id>/count/", reading.segment_count, name="count"),
    path("segments/<uuid:segment_id>/archivings/", reading.archivings, name="archivings"),
    path("segments/<uuid:segment_id>/picks/", reading.picks, name="picks"),
    path("segments/<uuid:segment_id>/customers/<uuid:customer_id>/", reading.why, name="why"),
    path("customers/<uuid:customer_id>/segments/", reading.customer_panel, name="customer_panel"),
]
