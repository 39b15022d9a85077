"""Sign-in accounts, API tokens, and the memory of booking calls."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac
from knox.models import AbstractAuthToken, AuthTokenManager

from clinic.identifiers import uuid7
from clinic.models.staff import Membership
from clinic.models.tenancy import TenantModel


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """A new account; without a password nobody can sign in to it."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **extra: Any) -> "User":
        """An account with every Django permission."""
        return self.create_user(email, password, is_superuser=True, is_staff=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """An account: an address and a password. Names and rights belong to memberships."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)
    # Part of every session's seal: raised, all sessions of the account are dead at once.
    session_generation = models.PositiveIntegerField(default=0)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session carries and must still equal: of the password and the generation."""
        sealed = f"{self.session_generation}:{self.password}"
        made = salted_hmac("clinic.User.session", sealed, secret=secret, algorithm="sha256")
        return made.hexdigest()


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """A hashed token that acts as one membership."""

    objects: ClassVar[AuthTokenManager] = AuthTokenManager()
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.token_key}…"


class IdempotencyKey(TenantModel):
    """What a booking call answered, so that a repeated call gets the same answer."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "key"], name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return str(self.pk)
