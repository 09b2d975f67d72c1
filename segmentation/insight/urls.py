from django.urls import path

from segmentation.insight import views

app_name = "insights"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("grid/", views.grid, name="grid"),
    path("flow/", views.flow, name="flow"),
    path("cohorts/", views.cohorts, name="cohorts"),
    path("pairs/", views.pairs, name="pairs"),
    path("pairs/left-out/", views.left_out, name="left_out"),
    path("tops/", views.tops, name="tops"),
    path("file/", views.file, {"figure": "overview"}, name="overview_file"),
    path("grid/file/", views.file, {"figure": "grid"}, name="grid_file"),
    path("flow/file/", views.file, {"figure": "flow"}, name="flow_file"),
    path("cohorts/file/", views.file, {"figure": "cohorts"}, name="cohorts_file"),
    path("pairs/file/", views.file, {"figure": "pairs"}, name="pairs_file"),
    path("tops/file/", views.file, {"figure": "tops"}, name="tops_file"),
    path("renewals/", views.renewals, name="renewals"),
]
