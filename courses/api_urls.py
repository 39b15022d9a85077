"""The API's addresses of protocols."""

from django.urls import path

from courses import api

urlpatterns = [path("protocols", api.Protocols.as_view(), name="protocols")]
