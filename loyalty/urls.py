from django.urls import path

from loyalty.views import offers, receipts, till

app_name = "till"
urlpatterns = [
    path("", till.till, name="till"),
    path("offers/", offers.till_offers, name="offers"),
    path("receipts/", receipts.receipt_list, name="receipt_list"),
    path("receipts/<uuid:receipt_id>/", receipts.receipt, name="receipt"),
    path("receipts/<uuid:receipt_id>/returns/", receipts.return_goods, name="return"),
    path("returns/<uuid:return_id>/", receipts.return_done, name="return_done"),
]
