from django.urls import path

from privacy import views

app_name = "privacy"
urlpatterns = [
    path("customers/<uuid:customer_id>/privacy/", views.panel, name="panel"),
    path("customers/<uuid:customer_id>/privacy/consents/", views.consents, name="consents"),
    path("customers/<uuid:customer_id>/privacy/withdrawals/", views.withdrawals, name="withdrawals"),
    path("customers/<uuid:customer_id>/privacy/exports/", views.exports, name="exports"),
    path("customers/<uuid:customer_id>/privacy/erasures/", views.erasures, name="erasures"),
    path("erasures/<uuid:erasure_id>/", views.erasure_detail, name="erasure_detail"),
    path("settings/policy/", views.policy_list, name="policies"),
]
