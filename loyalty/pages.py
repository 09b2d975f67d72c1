"""Addresses of the points outside of the till."""

from django.urls import path

from loyalty.views import corrections, points, programme

app_name = "loyalty"
urlpatterns = [
    path("customers/<uuid:customer_id>/points/", points.customer_panel, name="customer_panel"),
    path("customers/<uuid:customer_id>/points/adjustments/", points.adjustments, name="adjustments"),
    path("customers/<uuid:customer_id>/points/cards/", points.cards, name="cards"),
    path("points/corrections/", corrections.correction_list, name="corrections"),
    path("points/corrections/<uuid:adjustment_id>/approvals/", corrections.approvals, name="approvals"),
    path("points/corrections/<uuid:adjustment_id>/refusals/", corrections.refusals, name="refusals"),
    path("settings/points/", programme.programme, name="programme"),
]
