from django.urls import path

from tenancy import views

app_name = "jobs"
urlpatterns = [
    path("", views.job_list, name="list"),
    path("news/", views.job_news, name="news"),
    path("<uuid:job_id>/", views.job_detail, name="detail"),
    path("<uuid:job_id>/cancellations/", views.cancellations, name="cancellations"),
    path("<uuid:job_id>/retries/", views.retries, name="retries"),
]
