"""The product's settings for tests: a scratch data folder and a key of its own."""

import atexit
import os
import secrets
import shutil
import tempfile

if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="peipao-tests-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))

from peipao.settings import *

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in service: SQLite's shared in-memory database locks tables and does not wait.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, for tests alone
