from django.urls import include, path

from sales import product_views, views

app_name = "sales"
products = [
    path("", product_views.product_list, name="product_list"),
    path("new/", product_views.product_create, name="product_create"),
    path("imports/", product_views.product_imports, name="product_imports"),
    path("<uuid:product_id>/", product_views.product, name="product"),
]
urlpatterns = [
    path("orders/", views.order_list, name="order_list"),
    path("orders/<uuid:order_id>/", views.order_detail, name="order_detail"),
    path("orders/<uuid:order_id>/refunds/", views.refunds, name="refunds"),
    path("customers/<uuid:customer_id>/orders/", views.customer_panel, name="customer_panel"),
    path("products/", include(products)),
]
