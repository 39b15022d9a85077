"""The two parents of every refusal that a service makes."""

from collections.abc import Mapping, Sequence


class DomainError(Exception):
    """A request that the rules refuse (400); `field` names the input at fault, if one is."""

    status = 400
    code = "refused"

    def __init__(
        self, message: str, *, field: str | None = None, details: Sequence[Mapping[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.field = field
        self.details = list(details)


class Conflict(DomainError):
    """The world changed since the person looked (409)."""

    status = 409
    code = "conflict"
