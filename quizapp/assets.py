"""Static files: under an address that changes with their content, so that browsers may keep them for years.

All share one version in the path, not one each in the query: modules and style sheets name each other by
relative paths, which then carry it too.
"""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask, request, url_for
from markupsafe import Markup
from whitenoise import WhiteNoise

SPRITE = "vendor/lucide-static@1.62.0/sprite.svg"


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
    app.jinja_env.globals["asset"] = asset = _addresses(folder, version)
    app.jinja_env.globals["draw_icon"] = _icons(asset)


def fingerprint(folder: Path) -> str:
    """A short name for what all files of a folder hold."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def _addresses(folder: Path, version: str) -> Callable[[str], str]:
    @functools.cache
    def address(_root: str, name: str) -> str:
        (folder / name).stat()  # a file that is not there is an error here, not in the browser
        return url_for("static", filename=f"{version}/{name}")

    # Kept by the path that a proxy puts before ours, which is part of the address.
    return lambda name: address(request.script_root, name)


def _icons(asset: Callable[[str], str]) -> Callable[[str], Markup]:
    @functools.cache
    def drawn(sprite: str, name: str) -> Markup:
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(sprite, name)

    return lambda name: drawn(asset(SPRITE), name)
