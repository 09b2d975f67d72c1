from django.urls import path

from customers import field_views, tag_views

app_name = "fields"
urlpatterns = [
    path("fields/", field_views.field_list, name="list"),
    path("fields/new/", field_views.field_create, name="create"),
    path("fields/<uuid:field_id>/", field_views.field, name="detail"),
    path("fields/<uuid:field_id>/moves/", field_views.moves, name="moves"),
    path("fields/<uuid:field_id>/archivings/", field_views.archivings, name="archivings"),
    path("fields/<uuid:field_id>/restorations/", field_views.restorations, name="restorations"),
    path("tags/", tag_views.tag_list, name="tags"),
    path("tags/<uuid:tag_id>/", tag_views.tag, name="tag"),
    path("tags/<uuid:tag_id>/merges/", tag_views.merges, name="tag_merges"),
    path("tags/<uuid:tag_id>/deletions/", tag_views.deletions, name="tag_deletions"),
]
