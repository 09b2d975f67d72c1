"""Addresses below customers/ and exports/ of a company."""

from django.urls import path

from segmentation.views import bulk, customers, exports, saved

lists = [
    path("", customers.customer_list, name="list"),
    path("filters/", customers.filters, name="filters"),
    path("counts/", customers.counts, name="counts"),
    path("columns/", saved.column_choice, name="columns"),
    path("views/", saved.views, name="views"),
    path("views/<uuid:view_id>/", customers.view, name="view"),
    path("views/<uuid:view_id>/edit/", saved.view_change, name="view_change"),
    path("views/<uuid:view_id>/updates/", saved.view_updates, name="view_updates"),
    path("views/<uuid:view_id>/deletions/", saved.view_deletions, name="view_deletions"),
    path("views/<uuid:view_id>/defaults/", saved.view_defaults, name="view_defaults"),
    path("changes/", bulk.bulk_changes, name="bulk_changes"),
    path("changes/<uuid:change_id>/", bulk.bulk_change, name="bulk_change"),
    path("changes/<uuid:change_id>/starts/", bulk.bulk_starts, name="bulk_starts"),
    path("changes/<uuid:change_id>/undos/", bulk.bulk_undos, name="bulk_undos"),
]
files = [
    path("", exports.export_list, name="list"),
    path("new/", exports.export_create, name="create"),
    path("<uuid:export_id>/", exports.export_detail, name="detail"),
    path("<uuid:export_id>/approvals/", exports.approvals, name="approvals"),
    path("<uuid:export_id>/refusals/", exports.refusals, name="refusals"),
    path("<uuid:export_id>/downloads/", exports.downloads, name="downloads"),
]
