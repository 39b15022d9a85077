"""The API's addresses of the protocol editor."""

from django.urls import path

from courses.editor import api

_VERSION = "protocol-versions/<uuid:protocol_version_id>"
_PROTOCOL = "protocol-editor/<uuid:protocol_id>"
urlpatterns = [
    path("protocol-editor", api.ProtocolEditor.as_view(), name="protocol_editor"),
    path(f"{_PROTOCOL}/use", api.ProtocolUse.as_view(), name="protocol_use"),
    path(f"{_PROTOCOL}/versions", api.ProtocolVersions.as_view(), name="protocol_versions"),
    path(_VERSION, api.ProtocolVersionDetail.as_view(), name="protocol_version"),
    path(f"{_VERSION}/draft", api.ProtocolDraft.as_view(), name="protocol_draft"),
    path(f"{_VERSION}/changes", api.ProtocolComparison.as_view(), name="protocol_changes"),
    path(f"{_VERSION}/sign", api.ProtocolSigning.as_view(), name="protocol_sign"),
    path(f"{_VERSION}/retire", api.ProtocolRetirement.as_view(), name="protocol_retire"),
]
