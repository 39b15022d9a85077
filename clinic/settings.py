"""Settings, from the environment alone; `.env.example` lists every variable.

A missing or odd value stops the start with one clear line.
"""

import sys
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from clinic import environment
from clinic.api.enum_names import ENUM_NAMES
from clinic.environment import env

ROOT = Path(__file__).resolve().parent.parent


def _stop(message: str) -> None:
    sys.exit(f"courseline: {message}")


try:
    DEBUG = env.bool("DEBUG", default=False)
    SECRET_KEY = env.str("SECRET_KEY")
    MFA_KEYS = environment.keys("MFA_KEYS", SECRET_KEY)
    ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
    BASE_URL = environment.origin("BASE_URL", "http://127.0.0.1:8000")
    DATABASES = {"default": environment.database("DATABASE_URL")}
    # The role of web and workers; those who migrate, restore or test connect as the owner.
    APPLICATION_ROLE = DATABASES["default"]["USER"]
    if env.bool("AS_OWNER", default=False) and env.str("DATABASE_OWNER_URL", default=""):
        DATABASES = {"default": environment.database("DATABASE_OWNER_URL")}
    REDIS_URL = environment.broker("REDIS_URL")
    vars().update(environment.mail_server("EMAIL_URL"))
    EMAIL_TIMEOUT = environment.whole_number("EMAIL_TIMEOUT", 20, least=1)
    DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="appointments@courseline.example")
    MAILBOX_DIR = env.str("MAILBOX_DIR", default="")
    COLLECTED_STATIC = env.bool("COLLECTED_STATIC", default=False)
    API_RATES = {
        "burst": environment.rate("API_BURST", "120/minute"),
        "sustained": environment.rate("API_SUSTAINED", "5000/hour"),
        "token-making": environment.rate("API_TOKEN_MAKING", "20/minute"),
    }
    PLANNING_LEASE_SECONDS = environment.whole_number("PLANNING_LEASE_SECONDS", 30, least=1)
    REPAIR_SECONDS = environment.whole_number("REPAIR_SECONDS", 10, least=1)
    CAPACITY_MOST_COURSES = environment.whole_number("CAPACITY_MOST_COURSES", 40, least=1)
    LOG_LEVEL = environment.log_level("LOG_LEVEL")
    HTTPS = BASE_URL.startswith("https://")
    TRUSTED_PROXIES = environment.whole_number("TRUSTED_PROXIES", int(HTTPS), least=0)
    HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
    DEMO = env.bool("DEMO", default=True)
    environment.refuse_for_patients(
        HTTPS, debug=DEBUG, any_host="*" in ALLOWED_HOSTS, mailbox=bool(MAILBOX_DIR)
    )
except ImproperlyConfigured as exc:
    _stop(f"the environment is not right: {exc} (see .env.example)")

if len(SECRET_KEY) < 32:
    _stop("SECRET_KEY must be at least 32 characters long (see .env.example)")

CSRF_TRUSTED_ORIGINS = [BASE_URL]
# Everything is served over TLS, and a browser that was here once asks for nothing else.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Browsers' lists bind a whole domain for years, also what else is served below it: that is for
# the domain's owner to say, so Django's advice to say it for them is not followed.
SECURE_HSTS_PRELOAD = HTTPS and HSTS_PRELOAD
SILENCED_SYSTEM_CHECKS = [] if HSTS_PRELOAD else ["security.W021"]

# `__Host-`: no neighbouring host name may set these cookies, nor plain HTTP.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Lax, not Strict: who follows a link from an e-mail stays signed in, and the forms that are open
# in other tabs keep their token. No request that changes anything carries them from elsewhere.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A script runs only where its tag carries the page's nonce; nothing inline, nothing evaluated.
# data: is for Tabler's small drawings and for the picture that an authenticator app reads.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": "/csp-report",
        "upgrade-insecure-requests": HTTPS,
    }
}

# Forms are small and there are no files; calls of the API have a limit of their own.
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_HANDLERS = ["clinic.uploads.RefusingHandler"]

INSTALLED_APPS = [
    "clinic",  # first: its templates take the place of those that libraries bring
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "rest_framework",
    "knox",
    "pgtrigger",
    "pghistory",
    "drf_spectacular",
    "courses",
    "sessions.apps.TreatmentSessionsConfig",
    "reminders",
    "scheduling",
]

MIDDLEWARE = [
    "clinic.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "clinic.headers.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.audit.middleware.AuditMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.middleware.MembershipMiddleware",
    "clinic.api.last_use.TokenUseMiddleware",
    "clinic.gates.Gates",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.context_processors.courseline",
            ],
            "builtins": ["clinic.templatetags.courseline"],
        },
    }
]
FORM_RENDERER = "clinic.forms.CourselineRenderer"

# Short transactions on pooled connections; nothing of ours outlives a transaction, so a
# pooler in transaction mode works too.
DATABASES["default"].setdefault("OPTIONS", {}).update(pool={"min_size": 1, "max_size": 8})
DATABASES["default"]["CONN_MAX_AGE"] = 0
# A request is one transaction, which sees one organisation (`clinic.tenancy`).
DATABASES["default"]["ATOMIC_REQUESTS"] = True
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True

AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "scheduling:today"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# The link of an invitation proves the address; another one must be proven before it counts.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "clinic.accounts.AccountAdapter"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# Per address of the network, account or person; the page says how long to wait.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "reauthenticate": "10/m/user",
}
MFA_ADAPTER = "clinic.second_step.MfaAdapter"
MFA_FORMS = {
    "authenticate": "clinic.second_step.AuthenticateForm",
    "reauthenticate": "clinic.second_step.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Courseline"
MFA_TOTP_TOLERANCE = 1  # half minutes, for clocks that are not quite right
# Limits on sign-in count by address: the one that the outermost of our own proxies saw.
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# What a page says next may name a patient: neither a cookie nor the session's row may show it.
MESSAGE_STORAGE = "clinic.sealed_messages.SealedStorage"
SESSION_COOKIE_AGE = 12 * 3600  # from the sign-in, however busy; `clinic.idle` sees to it
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

LANGUAGE_CODE = "en"
# Those in which there are letters to patients.
LANGUAGES = [("en", "English"), ("es", "Español")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = ROOT / "staticfiles" if COLLECTED_STATIC else None
_NODE = ROOT / "node_modules"
STATICFILES_DIRS = [
    # Not `libs`: files in it refer to files that are not there, and hashing them would stop.
    ("tabler/css", _NODE / "@tabler/core/dist/css"),
    ("tabler/js", _NODE / "@tabler/core/dist/js"),
    ("tabler/img", _NODE / "@tabler/core/dist/img"),
    ("event-calendar", _NODE / "@event-calendar/build/dist"),
    ("chart", _NODE / "chart.js/dist"),
    ("chart-annotation", _NODE / "chartjs-plugin-annotation/dist"),
    ("fonts", _NODE / "dejavu-fonts-ttf/ttf"),
]
WHITENOISE_USE_FINDERS = not COLLECTED_STATIC
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "courseline",
    }
}

# Celery speaks of a socket as redis+socket://, redis-py as unix://.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"
# How long a worker may plan without a sign of life before another takes the proposal up.
PLANNING_LEASE = timedelta(seconds=PLANNING_LEASE_SECONDS)
CELERY_BEAT_SCHEDULE = {
    "send-due-messages": {"task": "reminders.tasks.send_due", "schedule": 15.0},
    "resume-proposals": {"task": "scheduling.tasks.resume_proposals", "schedule": 10.0},
    "resume-forecasts": {
        "task": "scheduling.capacity.tasks.resume_forecasts",
        "schedule": 10.0,
    },
    "resume-repairs": {"task": "scheduling.repairs.tasks.resume_repairs", "schedule": 10.0},
    "forget-old-keys": {"task": "clinic.tasks.forget_old_keys", "schedule": 3600.0},
    "tell-of-openings": {"task": "clinic.tasks.tell_of_openings", "schedule": 60.0},
    "escalate-alerts": {"task": "courses.tasks.escalate_alerts", "schedule": 60.0},
    "tell-of-alerts": {"task": "courses.tasks.tell_of_alerts", "schedule": 30.0},
    "watch-lapses": {"task": "scheduling.tasks.watch_lapses", "schedule": 900.0},
    "end-screenings": {"task": "scheduling.tasks.end_screenings", "schedule": 900.0},
    "watch-responses": {"task": "courses.tasks.watch_responses", "schedule": 900.0},
    "sweep-waitlist": {"task": "scheduling.tasks.sweep_waitlist", "schedule": 30.0},
    "sweep-assessments": {"task": "courses.tasks.sweep_assessments", "schedule": 900.0},
}

# Visits are kept above the floor of safety alerts: this function there says who serves a patient.
ALERT_SERVING = "scheduling.serving.serving_today"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "clinic.api.authentication.ApiTokenAuthentication",
        "clinic.api.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.api.permissions.MayCall"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["clinic.api.parsers.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "clinic.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["clinic.api.throttles.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": API_RATES,
    "EXCEPTION_HANDLER": "clinic.api.problems.problem_response",
}
KNOX_TOKEN_MODEL = "clinic.ApiToken"  # noqa: S105 # nosec B105 # a model's name
MIGRATION_MODULES = {"knox": None}  # its own token table is swapped for ours, and not wanted
SPECTACULAR_SETTINGS = {
    "TITLE": "Courseline API",
    "DESCRIPTION": "Plan, book and follow treatment courses.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
}

LOGGING_CONFIG = "clinic.logs.configure"
LOGGING = LOG_LEVEL  # what the function above is called with
