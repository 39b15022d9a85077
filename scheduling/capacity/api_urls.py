"""The API's addresses of a site's capacity."""

from django.urls import path

from scheduling.capacity import api

urlpatterns = [
    path("sites/<uuid:site_id>/capacity", api.SiteCapacity.as_view(), name="capacity"),
    path(
        "sites/<uuid:site_id>/capacity/cancel",
        api.SiteCapacityCancel.as_view(),
        name="capacity_cancel",
    ),
    path("sites/<uuid:site_id>/utilisation", api.SiteUtilisation.as_view(), name="utilisation"),
]
