from django.urls import path, re_path

from crm.api import catalogue, changes, customers, documents, jobs, me, orders, scores, timeline, unknown, webhooks

urlpatterns = [
    path("me/", me.Me.as_view(), name="api-me"),
    path("customers/", customers.CustomerList.as_view(), name="api-customers"),
    path("customers/<uuid:customer_id>/", customers.CustomerDetail.as_view(), name="api-customer"),
    path("customers/<uuid:customer_id>/timeline/", timeline.Timeline.as_view(), name="api-customer-timeline"),
    path("customers/<uuid:customer_id>/orders/", orders.CustomerOrders.as_view(), name="api-customer-orders"),
    path("orders/", orders.OrderList.as_view(), name="api-orders"),
    path("orders/bulk/", orders.OrderBulk.as_view(), name="api-orders-bulk"),
    path("orders/<uuid:order_id>/", orders.OrderDetail.as_view(), name="api-order"),
    path("orders/<uuid:order_id>/refunds/", orders.Refunds.as_view(), name="api-order-refunds"),
    path("scores/", scores.ScoreList.as_view(), name="api-scores"),
    path("stores/", catalogue.StoreList.as_view(), name="api-stores"),
    path("products/", catalogue.ProductList.as_view(), name="api-products"),
    path("jobs/<uuid:job_id>/", jobs.JobDetail.as_view(), name="api-job"),
    path("changes/", changes.Changes.as_view(), name="api-changes"),
    path("webhooks/", webhooks.WebhookList.as_view(), name="api-webhooks"),
    path("webhooks/<uuid:webhook_id>/", webhooks.WebhookDetail.as_view(), name="api-webhook"),
    path("webhooks/<uuid:webhook_id>/deliveries/", webhooks.Deliveries.as_view(), name="api-webhook-deliveries"),
    path("webhooks/<uuid:webhook_id>/replays/", webhooks.Replays.as_view(), name="api-webhook-replays"),
    path("webhooks/<uuid:webhook_id>/tests/", webhooks.Tests.as_view(), name="api-webhook-tests"),
    path("schema/", documents.Schema.as_view(), name="api-schema"),
    path("docs/", documents.Docs.as_view(), name="api-docs"),
    re_path("", unknown.Unknown.as_view(), name="api-unknown"),
]
