from django.urls import path

from segmentation.prediction import lists, views

app_name = "predictions"
urlpatterns = [
    path("churn/", views.churn, name="churn"),
    path("churn/file/", views.churn_file, name="churn_file"),
    path("churn/trainings/", views.trainings, name="trainings"),
    path("value/", views.value, name="value"),
    path("value/file/", views.value_file, name="value_file"),
    path("win-back/", lists.win_back, name="win_back"),
    path("win-back/files/", lists.files, name="files"),
    path("chances/", lists.people, name="people"),
]
