"""Addresses of the points outside of the till."""

from django.urls import path

from loyalty.views import points

app_name = "loyalty"
urlpatterns = [
    path("customers/<uuid:customer_id>/points/", points.customer_panel, name="customer_panel"),
    path("customers/<uuid:customer_id>/points/adjustments/", points.adjustments, name="adjustments"),
]
