"""The protocols that come with the product, as files beside this one."""

import json
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "files"


def shipped_definitions() -> list[dict[str, Any]]:
    """The definitions that every new organisation starts with, by code."""
    return [json.loads(file.read_text("utf-8")) for file in sorted(SHIPPED.glob("*.json"))]
