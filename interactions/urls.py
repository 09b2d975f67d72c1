from django.urls import path

from interactions import views

app_name = "interactions"
urlpatterns = [
    path("", views.panel, name="panel"),
    path("entries/", views.entries, name="entries"),
]
