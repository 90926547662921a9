"""The security headers of every answer."""

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the style sheet draws its arrows and ticks as data images
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# What is no page loads nothing; an answer to a script is sent often, and is short.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"


def of_every_answer(*, is_https: bool) -> dict[str, str]:
    return HEADERS | ({"Strict-Transport-Security": TRANSPORT_SECURITY} if is_https else {})


def init_app(app: Flask, *, is_https: bool) -> None:
    headers = of_every_answer(is_https=is_https)

    def add(response: Response) -> Response:
        # Each question to the headers reads through them all, so ask once.
        there = {name.lower() for name, _ in response.headers}
        if response.mimetype == "application/json":
            response.headers.add("Content-Security-Policy", DATA_POLICY)
            there.add("content-security-policy")
        for name, value in headers.items():
            if name.lower() not in there:
                response.headers.add(name, value)
        if request.endpoint != "static" and "cache-control" not in there:
            # Pages hold one person's data: no shared cache, and nothing stale after Back.
            response.headers.add("Cache-Control", "no-store")
        return response

    app.after_request(add)
