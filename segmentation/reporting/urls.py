from django.urls import path

from segmentation.reporting import views

app_name = "reporting"
urlpatterns = [
    path("data/", views.data, name="data"),
    path("data/files/", views.files, name="files"),
    path("data/files/<uuid:bundle_id>/downloads/", views.downloads, name="downloads"),
]
