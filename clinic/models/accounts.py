"""Sign-in accounts, API tokens, and the memory of booking calls."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from knox.models import AbstractAuthToken, AuthTokenManager

from clinic.audit.triggers import audited
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


@audited(account="id", without=["password", "last_login", "session_generation"], record="Account")
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


@audited(key="id", without=["digest", "token_key", "last_used_at"], record="API token")
class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """A hashed token that acts as one membership, within scopes where it has any."""

    objects: ClassVar[AuthTokenManager] = AuthTokenManager()
    # What pages and the API name a token by; the digest is the key.
    id = models.UUIDField(default=uuid7, unique=True, editable=False)
    organization = models.ForeignKey(
        "clinic.Organization", on_delete=models.PROTECT, related_name="+", editable=False
    )
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="api_tokens")
    # The account behind it; a service has none.
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="auth_token_set", null=True, blank=True
    )
    name = models.CharField(max_length=80)
    # Names of rights; none (null) is whatever the member may do.
    scopes = ArrayField(models.CharField(max_length=30), null=True, blank=True)
    created_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="apitoken_expires",
                condition=Q(expiry__isnull=False),
                violation_error_message="A token is in force for a time.",
            )
        ]

    def __str__(self) -> str:
        return self.name


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
