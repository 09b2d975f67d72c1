from django.urls import path, re_path

from crm.api import problems

urlpatterns = [re_path(r"^.*$", problems.not_found)]
