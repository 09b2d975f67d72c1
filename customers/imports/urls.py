from django.urls import path

from customers.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.import_list, name="list"),
    path("<uuid:run_id>/", views.import_detail, name="detail"),
    path("<uuid:run_id>/starts/", views.starts, name="starts"),
    path("<uuid:run_id>/undoings/", views.undoings, name="undoings"),
    path("<uuid:run_id>/discards/", views.discards, name="discards"),
    path("<uuid:run_id>/problems.csv", views.problems, name="problems"),
]
