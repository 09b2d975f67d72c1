from django.urls import path

from customers.duplicates.views import bulk, customers, merges, models, queue

app_name = "duplicates"

urlpatterns = [
    path("duplicates/", queue.pair_list, name="queue"),
    path("duplicates/decided/", queue.decided_list, name="decided"),
    path("duplicates/bulk/", bulk.bulk_create, name="bulk"),
    path("duplicates/bulk/<uuid:bulk_id>/", bulk.bulk_detail, name="bulk_detail"),
    path("duplicates/bulk/<uuid:bulk_id>/undos/", bulk.bulk_undos, name="bulk_undos"),
    path("duplicates/selections/", merges.selections, name="selections"),
    path("duplicates/preview/", merges.preview, name="preview"),
    path("duplicates/merges/", merges.merge_list, name="merges"),
    path("duplicates/merges/<uuid:merge_id>/", merges.merge_detail, name="merge"),
    path("duplicates/merges/<uuid:merge_id>/unmerges/", merges.unmerges, name="unmerges"),
    path("duplicates/merges/<uuid:merge_id>/assignments/", merges.assignments, name="assignments"),
    path("duplicates/<uuid:match_id>/", queue.pair_detail, name="pair"),
    path("duplicates/<uuid:match_id>/decisions/", queue.decision_list, name="decisions"),
    path("duplicates/<uuid:match_id>/withdrawals/", queue.withdrawals, name="withdrawals"),
    path("duplicates/<uuid:match_id>/reveals/", queue.reveals, name="reveals"),
    path("customers/<uuid:customer_id>/duplicates/", customers.customer_panel, name="customer_panel"),
    path("customers/<uuid:customer_id>/lineage/", customers.lineage, name="lineage"),
    path("settings/matching/", models.model_list, name="models"),
    path("settings/matching/trainings/", models.trainings, name="trainings"),
    path("settings/matching/runs/", models.runs, name="runs"),
    path("settings/matching/<uuid:model_id>/activations/", models.activations, name="activations"),
]
