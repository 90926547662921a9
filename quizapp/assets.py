"""Static files: addresses that change with the content, so that browsers may keep them for a year."""

import hashlib
from pathlib import Path

from flask import Flask, url_for
from whitenoise import WhiteNoise

YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    folder = Path(app.static_folder or "")
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=folder,
        prefix="static/",
        autorefresh=app.debug,
        max_age=0 if app.debug else YEAR,
        add_headers_function=_harden,
    )
    versions: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in versions or app.debug:
            versions[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]
        return url_for("static", filename=name, v=versions[name])

    app.jinja_env.globals["asset"] = asset


def _harden(headers: dict[str, str], _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
