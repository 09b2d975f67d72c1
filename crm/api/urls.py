from django.urls import path, re_path

from crm.api import catalogue, customers, documents, jobs, me, orders, points, scores, till, timeline, unknown

urlpatterns = [
    path("me/", me.Me.as_view(), name="api-me"),
    path("customers/", customers.CustomerList.as_view(), name="api-customers"),
    path("customers/<uuid:customer_id>/", customers.CustomerDetail.as_view(), name="api-customer"),
    path("customers/<uuid:customer_id>/timeline/", timeline.Timeline.as_view(), name="api-customer-timeline"),
    path("customers/<uuid:customer_id>/orders/", orders.CustomerOrders.as_view(), name="api-customer-orders"),
    path("customers/<uuid:customer_id>/points/", points.AccountDetail.as_view(), name="api-points"),
    path("customers/<uuid:customer_id>/points/entries/", points.EntryList.as_view(), name="api-point-entries"),
    path("customers/<uuid:customer_id>/points/adjustments/", points.Adjustments.as_view(), name="api-adjustments"),
    path("till/lookups/", till.Lookups.as_view(), name="api-lookups"),
    path("till/enrolments/", till.Enrolments.as_view(), name="api-enrolments"),
    path("till/quotes/", till.Quotes.as_view(), name="api-quotes"),
    path("till/codes/", till.Codes.as_view(), name="api-codes"),
    path("checkouts/", till.CheckoutList.as_view(), name="api-checkouts"),
    path("checkouts/<uuid:receipt_id>/", till.CheckoutDetail.as_view(), name="api-checkout"),
    path("checkouts/<uuid:receipt_id>/returns/", till.Returns.as_view(), name="api-returns"),
    path("orders/", orders.OrderList.as_view(), name="api-orders"),
    path("orders/bulk/", orders.OrderBulk.as_view(), name="api-orders-bulk"),
    path("orders/<uuid:order_id>/", orders.OrderDetail.as_view(), name="api-order"),
    path("orders/<uuid:order_id>/refunds/", orders.Refunds.as_view(), name="api-order-refunds"),
    path("scores/", scores.ScoreList.as_view(), name="api-scores"),
    path("stores/", catalogue.StoreList.as_view(), name="api-stores"),
    path("products/", catalogue.ProductList.as_view(), name="api-products"),
    path("jobs/<uuid:job_id>/", jobs.JobDetail.as_view(), name="api-job"),
    path("schema/", documents.Schema.as_view(), name="api-schema"),
    path("docs/", documents.Docs.as_view(), name="api-docs"),
    re_path("", unknown.Unknown.as_view(), name="api-unknown"),
]
