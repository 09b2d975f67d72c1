from django.urls import path

from customers.quality import views

app_name = "quality"
urlpatterns = [
    path("", views.report, name="report"),
    path("figures/", views.figures, name="figures"),
    path("due/", views.due_list, name="due"),
    path("stewards/", views.stewards_page, name="stewards"),
    path("standardisings/", views.standardisings, name="standardisings"),
]
