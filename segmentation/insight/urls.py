from django.urls import path, re_path

from segmentation.insight import views

app_name = "insights"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("grid/", views.grid, name="grid"),
    path("flow/", views.flow, name="flow"),
    path("cohorts/", views.cohorts, name="cohorts"),
    path("pairs/", views.pairs, name="pairs"),
    path("tops/", views.tops, name="tops"),
    re_path(r"^(?P<figure>overview|grid|flow|cohorts|pairs|tops)\.csv$", views.file, name="file"),
    path("renewals/", views.renewals, name="renewals"),
]
