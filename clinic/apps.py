from django.apps import AppConfig


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self) -> None:
        """Sign-ins and second steps have consequences."""
        from allauth.account import signals as account
        from allauth.mfa.signals import authenticator_added
        from django.contrib.auth.signals import user_logged_in

        from clinic import accounts, idle

        user_logged_in.connect(idle.begin)
        account.user_logged_in.connect(accounts.note_sign_in)
        account.password_reset.connect(accounts.note_reset)
        authenticator_added.connect(accounts.note_second_step)
