"""Values of all thresholds, for tests."""

from typing import Any

from courses.thresholds.values import default_values


def values(**changes: Any) -> dict[str, Any]:
    """DOMAIN's defaults but for some."""
    return {**default_values(), **changes}
