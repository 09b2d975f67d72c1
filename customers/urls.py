from django.urls import path

from customers import handover_views, tag_views, views

urlpatterns = [
    path("new/", views.create, name="create"),
    path("<uuid:customer_id>/", views.detail, name="detail"),
    path("<uuid:customer_id>/edit/", views.edit, name="edit"),
    path("<uuid:customer_id>/reveals/", views.reveals, name="reveals"),
    path("<uuid:customer_id>/profile/", views.profile_panel, name="profile_panel"),
    path("<uuid:customer_id>/shares/", views.shares, name="shares"),
    path("<uuid:customer_id>/shares/<uuid:share_id>/removals/", views.share_removals, name="share_removals"),
    path("<uuid:customer_id>/tags/", tag_views.tags, name="tags"),
    path("<uuid:customer_id>/tags/<uuid:tag_id>/removals/", tag_views.tag_removals, name="tag_removals"),
    path("tags/", tag_views.tag_names, name="tag_names"),
    path("handovers/<uuid:member_id>/", handover_views.handovers, name="handovers"),
]
