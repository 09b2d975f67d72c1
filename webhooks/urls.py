from django.urls import path

from webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("", views.endpoint_list, name="list"),
    path("new/", views.endpoint_new, name="new"),
    path("<uuid:endpoint_id>/", views.endpoint_detail, name="detail"),
    path("<uuid:endpoint_id>/edit/", views.endpoint_edit, name="edit"),
    path("<uuid:endpoint_id>/pauses/", views.pauses, name="pauses"),
    path("<uuid:endpoint_id>/resumptions/", views.resumptions, name="resumptions"),
    path("<uuid:endpoint_id>/deletions/", views.deletions, name="deletions"),
    path("<uuid:endpoint_id>/reveals/", views.reveals, name="reveals"),
    path("<uuid:endpoint_id>/rotations/", views.rotations, name="rotations"),
    path("<uuid:endpoint_id>/tests/", views.tests, name="tests"),
    path("<uuid:endpoint_id>/replays/", views.replays, name="replays"),
    path("<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/repeats/", views.repeats, name="repeats"),
]
