"""The product on one machine: embedded servers, a mailbox, and what keeps them running."""

from local.environment import ensure_environment, environment

__all__ = ["ensure_environment", "environment"]
