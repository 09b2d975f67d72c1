"""One settings file, read from the environment (see .env.example)."""

import sys

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from crm import environment

environment.load_embedded()

BASE_DIR = environment.BASE_DIR
DEBUG = environment.flag("DEBUG")
TESTING = "pytest" in sys.modules
SECRET_KEY = environment.text("SECRET_KEY")
MASTER_KEYS = environment.words("MASTER_KEY")  # base64, 32 bytes each; the first wraps, all unwrap
STATE_DIR = environment.Path(environment.text("STATE_DIR", str(BASE_DIR / ".state")))
PUBLIC_URL = environment.text("PUBLIC_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "crm",
    "loyalty",
    "feedback",
    "segmentation",
    "sales",
    "privacy",
    "interactions",
    "customers",
    "webhooks",
    "tenancy",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "heroicons",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenancy.middleware.CurrentTenant",
    "crm.api.idempotency.Idempotency",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tenancy.context_processors.tenant",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "crm.templatetags.ui",
                "heroicons.templatetags.heroicons",
            ],
        },
    }
]

# The application's role serves; the owner's role alone changes the schema.
SCHEMA_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "flush", "dbshell"}
_database_url = (
    environment.text("OWNER_DATABASE_URL")
    if TESTING or SCHEMA_COMMANDS.intersection(sys.argv[1:2])
    else environment.text("DATABASE_URL")
)
_database = environment.database(_database_url)
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "tenancy.database",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "TEST": {"NAME": environment.text("TEST_DATABASE") or None},
        "OPTIONS": {"prepare_threshold": None, "application_name": "tongke", **_database["OPTIONS"]},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if TESTING:  # the cast logs in hundreds of times
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "front"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_RESET_TIMEOUT = 3600

# Five wrong passwords for one account from one address lock that pair for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_USERNAME_CALLABLE = "tenancy.logins.account"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# Shares are typed rows inside the tenant's wall; guardian's own generic tables stay unused.
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None

REDIS_URL = environment.text("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and environment.flag("SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if environment.flag("TRUST_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_IPWARE_PROXY_COUNT = 1
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3000
CELERY_TASK_SOFT_TIME_LIMIT = 2900
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "forget-old-answers": {"task": "crm.tasks.forget_old_answers", "schedule": 3600.0},
    "begin-nights": {
        "task": "segmentation.tasks.begin_nights",
        "schedule": crontab(hour=19, minute=0),
    },  # 03:00 in Shanghai
    "follow-segments": {"task": "segmentation.segments.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
    "renew-columns": {"task": "segmentation.segments.tasks.renew_columns", "schedule": 600.0},
    "match-companies": {"task": "customers.tasks.match_companies", "schedule": 3600.0},
    "seal-audit": {"task": "tenancy.tasks.seal_audit", "schedule": 60.0},
    "forget-cells": {"task": "privacy.tasks.forget_cells", "schedule": crontab(hour=18, minute=30)},
    "forget-exports-and-undos": {"task": "segmentation.tasks.forget_old", "schedule": crontab(hour=18, minute=45)},
    "write-erasures": {"task": "privacy.tasks.write_erasures", "schedule": 3600.0},
    "requeue-due-jobs": {"task": "tenancy.tasks.requeue_due_jobs", "schedule": 15.0},
    "send-webhooks": {"task": "webhooks.tasks.sweep", "schedule": 3.0, "options": {"expires": 3}},
    "forget-old-changes": {"task": "webhooks.tasks.forget_old_changes", "schedule": 3600.0},
}

API_RATE = int(environment.text("API_RATE", "600"))  # requests a minute and token
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["crm.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["crm.api.authentication.HasTokenPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "crm.api.problems.problem_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tongke CRM",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = None if DEBUG or TESTING else STATE_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": STATE_DIR / "media"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

globals().update(environment.email(environment.text("EMAIL_URL", "console://")))
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "Tongke <no-reply@localhost>")

# Webhooks to http:// and to any machine and port: for tests and for developing on one's own machine.
WEBHOOK_INSECURE = environment.flag("WEBHOOK_INSECURE")

CHANNELS = {"sms": "interactions.channels.console.Console", "email": "interactions.channels.mail.Mail"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"axes": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": environment.text("LOG_LEVEL", "INFO")},
}
