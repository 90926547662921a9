"""Static files: under an address that changes with their content, so that browsers may keep them for years.

All share one version in the path, not one each in the query: modules and style sheets name each other by
relative paths, which then carry it too.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask, url_for
from whitenoise import WhiteNoise


def init_app(app: Flask, headers: dict[str, str]) -> None:
    """:param headers: what every answer carries, as static files do not pass through Flask."""
    folder = Path(app.static_folder or "")
    version = fingerprint(folder)
    versioned = f"static/{version}/"

    def add_headers(found: dict[str, str], _path: str, _url: str) -> None:
        for name, value in headers.items():
            found[name] = value

    files = WhiteNoise(
        app.wsgi_app,
        root=folder,
        prefix="static/",
        autorefresh=app.debug,
        max_age=0,
        allow_all_origins=False,
        add_headers_function=add_headers,
        immutable_file_test=lambda _path, url: url.startswith(f"/{versioned}") and not app.debug,
    )
    files.add_files(folder, versioned)
    app.wsgi_app = files  # type: ignore[method-assign]
    app.jinja_env.globals["asset"] = _addresses(folder, version)


def fingerprint(folder: Path) -> str:
    """A short name for what all files of a folder hold."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def _addresses(folder: Path, version: str) -> Callable[[str], str]:
    there: set[str] = set()

    def asset(name: str) -> str:
        if name not in there:
            (folder / name).stat()  # a file that is not there is an error here, not in the browser
            there.add(name)
        return url_for("static", filename=f"{version}/{name}")

    return asset
