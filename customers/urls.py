from django.urls import path

from customers import views

urlpatterns = [
    path("new/", views.create, name="create"),
    path("<uuid:customer_id>/", views.detail, name="detail"),
    path("<uuid:customer_id>/edit/", views.edit, name="edit"),
    path("<uuid:customer_id>/reveals/", views.reveals, name="reveals"),
    path("<uuid:customer_id>/profile/", views.profile_panel, name="profile_panel"),
    path("<uuid:customer_id>/shares/", views.shares, name="shares"),
]
