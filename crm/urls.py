from django.contrib.auth import views as auth
from django.urls import include, path

import customers.urls
import privacy.views
from crm import views
from feedback.views import public as surveys
from loyalty.views import receipts
from segmentation import pages
from segmentation.views import customers as people
from segmentation.views import offers
from tenancy import invitations, logins

# The list shows figures of apps above customers, so its view stands above them too.
customer_pages = ([*pages.lists, *customers.urls.urlpatterns], "customers")

tenant_pages = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("rfm/", views.rfm_panel, name="rfm_panel"),
    path("customers/", include(customer_pages)),
    path("customers/<uuid:customer_id>/figures/", people.customer_panel, name="figures_panel"),
    path("customers/<uuid:customer_id>/offers/", offers.customer_panel, name="offers_panel"),
    path("customers/<uuid:customer_id>/timeline/", include("interactions.urls")),
    path("imports/", include("customers.imports.urls")),
    path("quality/", include("customers.quality.urls")),
    path("", include("customers.duplicates.urls")),
    path("", include("segmentation.segments.urls")),
    path("", include("sales.urls")),
    path("", include("privacy.urls")),
    path("insights/", include("segmentation.insight.urls")),
    path("insights/", include("segmentation.prediction.urls")),
    path("insights/", include("segmentation.reporting.urls")),
    path("exports/", include((pages.files, "exports"))),
    path("jobs/", include("tenancy.urls")),
    path("till/", include("loyalty.urls")),
    path("", include("loyalty.pages")),
    path("", include("feedback.urls")),
    path("settings/webhooks/", include("webhooks.urls")),
    path("settings/", include("customers.field_urls")),
    path("settings/", include("segmentation.scale_urls")),
    path("settings/", include("tenancy.settings.urls")),
]

# For everybody who has the sealed address.
public_pages = [
    path("policy/", privacy.views.policy, name="policy"),
    path("receipts/<uuid:subject_id>/<str:seal>/", receipts.public_receipt, name="receipt"),
    path("survey/<uuid:subject_id>/<str:seal>/", surveys.of_order, name="survey"),
    path("survey/asked/<uuid:subject_id>/<str:seal>/", surveys.of_invitation, name="survey_invitation"),
]

urlpatterns = [
    path("", views.front, name="front"),
    path("health/", views.health, name="health"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("password/", auth.PasswordResetView.as_view(form_class=logins.PasswordForm), name="password_reset"),
    path("password/sent/", auth.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/<uidb64>/<token>/", auth.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path(
        "invitation/<uidb64>/<token>/",
        auth.PasswordResetConfirmView.as_view(
            template_name="registration/invitation.html", token_generator=invitations.tokens
        ),
        name="invitation",
    ),
    path("password/done/", auth.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("language/", include("django.conf.urls.i18n")),
    path("companies/", views.tenant_list, name="tenant_list"),
    path("api/v1/", include("crm.api.urls")),
    path("p/<slug:tenant>/", include(public_pages)),
    path("t/<slug:tenant>/", include(tenant_pages)),
]
