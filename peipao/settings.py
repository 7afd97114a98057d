"""Django's settings, read once from the environment; every variable stands in `.env.example`."""

import os
from datetime import timedelta
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from peipao.environment import read_env_file

BASE_DIR = Path(__file__).resolve().parent.parent


# What the process was started with wins over the file.
_FILE = read_env_file(BASE_DIR / ".env")


def setting(name: str, default: str = "") -> str:
    """The variable `name` from the environment, else from `.env`, else `default`."""
    return os.environ.get(name) or _FILE.get(name) or default


def listed(name: str, default: str = "") -> list[str]:
    """The comma-separated variable `name`."""
    return [item.strip() for item in setting(name, default).split(",") if item.strip()]


def secret_key(data_dir: Path) -> str:
    """`SECRET_KEY`, else the key `make run` made for this data folder."""
    made = data_dir / "secret_key"
    key = setting("SECRET_KEY") or (made.read_text(encoding="utf-8") if made.is_file() else "")
    if not key:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: put it into the environment or .env, "
            "or run `make run` once, which makes one for its data folder."
        )
    return key


DATA_DIR = Path(setting("DATA_DIR", str(BASE_DIR / "var"))).resolve()
INDEX_DIR = DATA_DIR / "index"
# Policies as files: those every checkout brings, and the operators' own.
DOCUMENT_DIRS = [BASE_DIR / "knowledge_base" / "corpus", DATA_DIR / "documents"]
# Indexes in which editors try a draft; made again at will.
TRIALS_DIR = DATA_DIR / "trials"
# What people and staff send each other; no web server reads here.
ATTACHMENTS_DIR = DATA_DIR / "attachments"
ENCODER = setting("ENCODER")
RASA_URL = f"http://127.0.0.1:{setting('RASA_PORT', '5005')}"
ACTIONS_URL = f"http://127.0.0.1:{setting('ACTIONS_PORT', '5055')}"
WORKER_URL = f"http://127.0.0.1:{setting('WORKER_PORT', '5065')}"

# Where people reach us from outside, without a slash at the end: links in messages begin with it.
PUBLIC_URL = setting("PUBLIC_URL").rstrip("/")
WECHAT_TOKEN = setting("WECHAT_TOKEN")
WECHAT_APP_ID = setting("WECHAT_APP_ID")
WECHAT_APP_SECRET = setting("WECHAT_APP_SECRET")
WECHAT_AES_KEY = setting("WECHAT_AES_KEY")
WECHAT_AES_KEY_PREVIOUS = setting("WECHAT_AES_KEY_PREVIOUS")
WECHAT_API_BASE = setting("WECHAT_API_BASE", "https://api.weixin.qq.com")
WECHAT_MENU = setting("WECHAT_MENU")
WECHAT_NOTICES = setting("WECHAT_NOTICES")
SMS_URL = setting("SMS_URL")
TELEGRAM_TOKEN = setting("TELEGRAM_TOKEN")
TELEGRAM_SECRET = setting("TELEGRAM_SECRET")
TELEGRAM_API_BASE = setting("TELEGRAM_API_BASE", "https://api.telegram.org")
HOTLINE_SECRET = setting("HOTLINE_SECRET")
HOTLINE_STAFF_NUMBER = setting("HOTLINE_STAFF_NUMBER")

SECRET_KEY = secret_key(DATA_DIR)
DEBUG = setting("DEBUG") == "1"
ALLOWED_HOSTS = listed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = listed("CSRF_TRUSTED_ORIGINS")
# Behind the city's TLS proxy: cookies only over https, and the proxy's word on the scheme.
BEHIND_TLS = setting("BEHIND_TLS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SESSION_COOKIE_AGE = 12 * 60 * 60
# Without a click for this long staff are signed out; they are warned two minutes before.
IDLE_SECONDS = int(setting("IDLE_MINUTES", "30")) * 60
# No script needs it: every form brings its own.
CSRF_COOKIE_HTTPONLY = True
# With TLS in front, browsers come by https only for a year.
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if BEHIND_TLS else 0
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    # For the files of its documentation page; nothing is loaded from elsewhere.
    "ninja",
    "desk.audit",
    "desk.worktime",
    "desk.accounts",
    "desk.conversations",
    "desk.enterprises",
    "desk.policies",
    "desk.tickets",
    "desk.partners",
    "desk.console",
    "channels.webchat",
    "channels.wechat",
    "channels.telegram",
]
MIDDLEWARE = [
    "peipao.security.headers",
    "peipao.doors.straight",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last: it takes the sign-in's answer back when the account is locked.
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "peipao.urls"
ASGI_APPLICATION = "peipao.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "peipao" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        setting("DATABASE_URL", f"sqlite:///{DATA_DIR / 'peipao.sqlite3'}")
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # A deferred transaction that turns writer fails at once with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: a message we acknowledged must survive a power cut, not only a crash.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.StaffMember"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in (
            "UserAttributeSimilarityValidator",
            "CommonPasswordValidator",
            "NumericPasswordValidator",
        )
    ),
]
# A name is locked at the address that guesses (docs/decisions/0061-sign-in.md).
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "desk.console.session.locked_out"
# Our own audit log holds who signed in and who was locked.
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
CSRF_FAILURE_VIEW = "desk.console.entrance.csrf_failure"
LOGIN_URL = "console:login"
LOGIN_REDIRECT_URL = "console:queue"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Office hours that clocks run in, and files with days off of years chinesecalendar does not know.
WORK_HOURS = setting("WORK_HOURS", "09:00-12:00,13:00-17:00")
WORKTIME_OVERLAYS = [BASE_DIR / "desk" / "worktime" / "overlay.yml", DATA_DIR / "worktime.yml"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"

# An editor's longest policy text, as a form brings it; what people and platforms send is held to
# 64 KB by channels/http.py, files are counted apart.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "desk.logs.MaskPersonal",
            "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # It would write the bot's token with every address it calls.
        "httpx": {"level": "WARNING"},
        "telegram": {"level": "CRITICAL"},
        # Who signs in and who is locked out stands in the audit log.
        "axes": {"level": "WARNING"},
        "faiss": {"level": "WARNING"},
        "bm25s": {"level": "WARNING"},
        # Whoever scans for hosts would fill the log; the refusal itself is answered.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django.request": {"level": "ERROR"},
    },
}
