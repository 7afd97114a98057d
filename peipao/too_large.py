"""The answer to a body larger than anything we take: given before Django reads it."""

from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from peipao.security import HEADERS

CODE, STATUS = "body_too_large", 413
MESSAGE = "内容太大了，每个文件不超过10MB。"
PAGE = Template((Path(__file__).parent / "templates/too_large.html").read_text(encoding="utf-8"))
# What htmx puts where the console's pages say what went wrong.
LINE = f'<div id="notice"><p class="banner error" role="alert">{MESSAGE}</p></div>'


def too_large(scope: Scope) -> Response:
    """A page for who looks at pages, a line for htmx, JSON for all others."""
    asked = Headers(scope=scope)
    if "hx-request" in asked:
        return HTMLResponse(LINE, status_code=STATUS, headers=HEADERS)
    if "text/html" in asked.get("accept", ""):
        page = PAGE.substitute(message=MESSAGE, back=escape(_back(asked)))
        return HTMLResponse(page, status_code=STATUS, headers=HEADERS)
    return JSONResponse({"error": {"code": CODE, "message": MESSAGE}}, status_code=STATUS)


def _back(asked: Headers) -> str:
    """The page of ours that sent the body; the chat when it is not known."""
    try:
        came = urlsplit(asked.get("referer", ""))
    except ValueError:
        return "/"
    # Twice a slash at the beginning is another host's address.
    ours = came.netloc == asked.get("host") and not came.path.startswith("//")
    return (came.path or "/") if ours else "/"
