"""Accounts, which belong to no organisation; and the extensions of PostgreSQL."""

from django.contrib.postgres.operations import (
    BtreeGinExtension,
    BtreeGistExtension,
    TrigramExtension,
)
from django.db import migrations, models

from clinic.tables import Tables, audit_of_accounts, key


class Migration(migrations.Migration):
    initial = True
    replaces = [("clinic", "0001_initial")]
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        BtreeGistExtension(),
        BtreeGinExtension(),
        TrigramExtension(),
        Tables(
            [
                migrations.CreateModel(
                    name="User",
                    fields=[
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text=(
                                    "Designates that this user has all permissions without "
                                    "explicitly assigning them."
                                ),
                                verbose_name="superuser status",
                            ),
                        ),
                        ("id", key()),
                        ("email", models.EmailField(max_length=254, unique=True)),
                        ("is_active", models.BooleanField(default=True)),
                        ("is_staff", models.BooleanField(default=False)),
                        ("date_joined", models.DateTimeField(auto_now_add=True)),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text=(
                                    "The groups this user belongs to. A user will get all "
                                    "permissions granted to each of their groups."
                                ),
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                        ("session_generation", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "triggers": [
                            audit_of_accounts(
                                "clinic.User",
                                hash="a26ec4a59806",
                                account="subject.id",
                                without="password,last_login,id,session_generation",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
