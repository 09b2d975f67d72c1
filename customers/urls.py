from django.urls import path

from customers import handover_views, views

urlpatterns = [
    path("new/", views.create, name="create"),
    path("<uuid:customer_id>/", views.detail, name="detail"),
    path("<uuid:customer_id>/edit/", views.edit, name="edit"),
    path("<uuid:customer_id>/reveals/", views.reveals, name="reveals"),
    path("<uuid:customer_id>/profile/", views.profile_panel, name="profile_panel"),
    path("<uuid:customer_id>/shares/", views.shares, name="shares"),
    path("<uuid:customer_id>/shares/<uuid:share_id>/removals/", views.share_removals, name="share_removals"),
    path("handovers/<uuid:member_id>/", handover_views.handovers, name="handovers"),
]
