"""The one settings file. What differs between machines comes from the environment, through env.py."""

import datetime
from pathlib import Path

import dj_database_url
import drf_spectacular_sidecar
from celery.schedules import crontab
from csp import constants as csp

from healthfund import env
from healthfund.embedded import broker_url

BASE_DIR = env.PROJECT
VAR_DIR = env.folder("VAR_DIR")

env.check_production()
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.given("SECRET_KEY") or env.kept_secret(VAR_DIR / "secret_key")
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.listing("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "healthfund",
    "announcements",
    "programmes",
    "rest_framework",
    "django_filters",
    "corsheaders",
    "drf_spectacular",
    "django_htmx",
    # The admin, with a site of ours.
    "healthfund.access.apps.NewsroomConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
MIDDLEWARE = [
    "healthfund.logs.RequestLog",
    "healthfund.api.throttling.say_limits",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "healthfund.compression.Compression",
    # Outside of the API's manners, whose own policy for documents of data stands.
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "healthfund.api.manners.Manners",
    # Inside of these, which say of a redirect too how long it keeps.
    "healthfund.forwards.Forwards",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # The last, so that it sees every log-in that failed.
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "healthfund.urls"
WSGI_APPLICATION = "healthfund.wsgi.application"
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
            ],
        },
    },
]

# An address typed without its scheme is https. Django 6 does so by itself and drops this setting.
FORMS_URLFIELD_ASSUME_HTTPS = True

# Database

DATABASES = {
    "default": dj_database_url.parse(
        env.address(
            "DATABASE_URL",
            ("postgres", "postgresql", "sqlite"),
            default=f"sqlite:///{VAR_DIR / 'healthfund.sqlite3'}",
        ),
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A write lock asked for at BEGIN waits its turn; one asked for later fails at once as "locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Language and time

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# Log-in

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in [
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    ]
]
AUTHENTICATION_BACKENDS = [
    # Refuses whoever has guessed too often, and says nothing of others.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "dashboard"

# Whether staff must set up a second factor before the newsroom opens. Who has one is asked for it in any case.
TWO_FACTOR = env.flag("TWO_FACTOR")
ACCOUNT_ADAPTER = "healthfund.access.adapters.Accounts"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
# Codes are counted by the user too, whatever the address: they are short, and asked for after the password only.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,10/5m/key"}
MFA_ADAPTER = "healthfund.access.adapters.SecondFactors"
MFA_FORMS = {
    "authenticate": "healthfund.access.guessing.CountedCode",
    "reauthenticate": "healthfund.access.guessing.CountedCodeAgain",
}
MFA_TOTP_ISSUER = "healthfund"
# Accounts have no confirmed address of e-mail.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Guessing comes to an end (access/guessing.py): five wrong passwords or codes of one user from one address
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = datetime.timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "healthfund.access.guessing.address"
AXES_LOCKOUT_CALLABLE = "healthfund.access.guessing.locked"
AXES_SENSITIVE_PARAMETERS = ["login", "username", "ip_address", "password", "code", "csrfmiddlewaretoken"]
# Who logged in when stands with the user; its own page in the admin is ours.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Sessions end (access/sessions.py): so long after the last page, and so long after the log-in
SESSION_ENGINE = "healthfund.access.sessions"
SESSION_COOKIE_AGE = 60 * env.number("SESSION_IDLE_MINUTES", least=1)
SESSION_HOURS = env.number("SESSION_HOURS", least=1)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# Between the portal and its visitors

SECURE_SSL_REDIRECT = env.flag("HTTPS", default=env.is_production())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
# The container's own health check speaks plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^health/"]
if env.flag("TRUST_FORWARDED_PROTO"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
# What a page may load: what we serve ourselves, and nothing inline. Pages that differ say so at their view.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [csp.NONE],
        "script-src": [csp.SELF],
        "style-src": [csp.SELF],
        "img-src": [csp.SELF],
        "connect-src": [csp.SELF],
        "form-action": [csp.SELF],
        "base-uri": [csp.NONE],
        "frame-ancestors": [csp.NONE],
    }
}

# Pages of other sites may use the API, and nothing else here. Cookies are neither sent there nor read, so such a page
# can do what its own server could do: read, and write with a token that somebody gave it.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-modified-since",
    "if-none-match",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = [
    "Content-Disposition",
    "Deprecation",
    "ETag",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "X-Request-ID",
]

# Between the portal and those that it asks or tells

OUTBOUND_ALLOW = env.places("OUTBOUND_ALLOW")

# E-mail alerts (alerts/sending.py)

globals().update(env.mail("EMAIL_URL", VAR_DIR / "mail"))
# A mail server that says nothing for so long is tried again later.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.given("EMAIL_FROM") or f"healthfund <alerts@{ALLOWED_HOSTS[0].lstrip('*.') or 'localhost'}>"

# Static files

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [
    *(folder for folder in [BASE_DIR / "static"] if folder.is_dir()),
    # Its package as an app would bring another viewer, which calls an outside host.
    ("swagger-ui", Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar/swagger-ui-dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Names that change with the content, for which collectstatic must have run.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Data packages (exports/packaging.py)

PACKAGES = VAR_DIR / "packages"

# Files that were ordered (orders/writing.py)

ORDERED_FILES = VAR_DIR / "files"

# The newsroom (announcements/newsroom)

# Whoever wrote on an announcement may not be the one who approves it.
REVIEW_BY_ANOTHER = env.flag("REVIEW_BY_ANOTHER")

# Tables between their preview and their import (announcements/admin/importing.py)

UPLOADS = VAR_DIR / "uploads"

# Tasks

CELERY_BROKER_URL = env.address(
    "CELERY_BROKER_URL",
    ("redis", "rediss", "redis+socket", "filesystem", "memory"),
    default=broker_url(VAR_DIR),
)
if CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # A killed worker's task is handed out again after this many seconds. Tasks must be able to run twice.
        "visibility_timeout": 30,
        # Look for such tasks at every interval of 10 s, not at every tenth.
        "unacked_restore_throttle": 1,
        # Whoever publishes waits seconds, never for ever, when the broker is away: the sweep picks it up.
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
    }
elif CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker" / "queue"),
        "data_folder_out": str(VAR_DIR / "broker" / "queue"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
    }
    # Workers there have no channel to be spoken to together.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
# The worker and the schedule, unlike a publisher, wait for the broker as long as it takes.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
# A task is done when it is done, not when it is fetched.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "schedule")
# Written down after each task, so that a killed schedule sends nothing twice.
CELERY_BEAT_SYNC_EVERY = 1
CELERY_BEAT_SCHEDULE = {
    "sweep-rollups": {
        "task": "announcements.tasks.sweep_rollups",
        "schedule": 60,
        # Sweeps that no worker fetched in time would only repeat one another.
        "options": {"expires": 55},
    },
    "sweep-webhooks": {
        "task": "healthfund.webhooks.tasks.sweep_webhooks",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "sweep-orders": {
        "task": "healthfund.orders.tasks.sweep_orders",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "publish-due": {
        "task": "announcements.newsroom.tasks.publish_due",
        "schedule": 60,
        "options": {"expires": 55},
    },
    "sweep-alerts": {
        "task": "healthfund.alerts.tasks.sweep_alerts",
        "schedule": 60,
        "options": {"expires": 55},
    },
    # What the checks of the newsroom warn of in what is public.
    "recheck-changed": {
        "task": "announcements.newsroom.tasks.recheck_changed",
        "schedule": 600,
        "options": {"expires": 550},
    },
    "recheck-all": {
        "task": "announcements.newsroom.tasks.recheck_all",
        "schedule": crontab(hour=4, minute=0),
    },
    "verify-totals": {
        "task": "announcements.tasks.verify_totals",
        "schedule": crontab(hour=3, minute=30),
    },
    "build-package": {
        "task": "healthfund.exports.tasks.build_package",
        "schedule": crontab(hour=2, minute=30),
    },
    # Before the package, which is made of them.
    "rebuild-documents": {
        "task": "announcements.tasks.rebuild_documents",
        "schedule": crontab(hour=2, minute=0),
    },
    "sweep-answers": {
        "task": "healthfund.tasks.sweep_answers",
        "schedule": crontab(minute=15),
        "options": {"expires": 3000},
    },
    "clear-sessions": {
        "task": "healthfund.tasks.clear_sessions",
        "schedule": crontab(hour=4, minute=0),
    },
    # Announcements are found by the names of programmes, organisations, themes and places, which may be edited.
    "rebuild-search": {
        "task": "announcements.tasks.rebuild_search",
        "schedule": crontab(hour=3, minute=0),
    },
}

# Whether sources are still there: each once a week, a few in a run, and nobody is asked unless that is wanted.
if env.flag("CHECK_SOURCES"):
    CELERY_BEAT_SCHEDULE["look-at-sources"] = {
        "task": "announcements.tasks.look_at_sources",
        "schedule": 300,
        "options": {"expires": 280},
    }

# Asked for, as roll_up is, once what was posted is committed. They belong to packages that announcements does not know.
TASKS_AFTER_POSTING = ["healthfund.webhooks.tasks.tell", "healthfund.alerts.tasks.tell"]

# Cache: what may be lost, such as how often somebody has asked

if CELERY_BROKER_URL.startswith("redis"):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            # Beside the broker's queues, under names of its own.
            "LOCATION": CELERY_BROKER_URL.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=", 1),
            "KEY_PREFIX": "healthfund",
            # A request does not wait for what it can do without.
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Logs: one line per unit of work

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(cause)s]: %(message)s"}},
    "filters": {"cause": {"()": "healthfund.logs.Cause"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["cause"], "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"]),
    },
    "loggers": {
        # Django's own handlers would write a second line to the same place.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A refusal is in its request's own line; what breaks is told here, with where.
        "django.request": {"level": "ERROR"},
        # A task says one line when it is done; that it was sent and fetched is not said.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        # What was locked, and until when, is told by access/guessing.py.
        "axes": {"level": "ERROR"},
    },
}

# The public JSON

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["healthfund.api.tokens.TokenAuthentication"],
    "DEFAULT_THROTTLE_CLASSES": ["healthfund.api.throttling.Limit"],
    "NUM_PROXIES": env.number("PROXIES"),
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "healthfund.api.errors.handle",
    "DEFAULT_METADATA_CLASS": "healthfund.api.options.Abilities",
    # Nothing is sent in, and no parameter is read that the resources do not name.
    "DEFAULT_PARSER_CLASSES": [],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "healthfund.api.schema.Schema",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "healthfund",
    "VERSION": "1",
    "DESCRIPTION": (
        "What was announced for health technology in the United Kingdom, and what it adds up to. Money is decimal "
        "strings in pounds, exact to the penny."
    ),
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "healthfund.api.schema.with_fields_optional",
        "drf_spectacular.hooks.postprocess_schema_enum_id_removal",
    ],
}
# Requests a minute: for each address without a token, and for each token.
API_RATES = {"anonymous": env.number("API_RATE_ANONYMOUS"), "token": env.number("API_RATE_TOKEN")}
