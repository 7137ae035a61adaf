"""Headers and checks of every request: a wall answers its own page only."""

import hmac
import ipaddress
import secrets
import socket

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from badge_forge.settings import COMMAND

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def new_token() -> str:
    """Return a random token for the actions of one run."""
    return secrets.token_urlsafe(24)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches `host`, an address or a name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


class Hosts:
    """The hosts by which a page may call the wall.

    A page of another site can make its own name resolve to this machine (DNS rebinding). Its
    requests then have that name as their Host.
    """

    def __init__(self, host: str, port: int) -> None:
        names = {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host.lower()}
        if _is_unspecified(host):
            names.add(socket.gethostname().lower())
        self._port = port
        self._hosts = {f"{name}:{port}" for name in names} | (names if port == 80 else set())
        # Any address of this machine is reachable then. An address cannot be rebound.
        self._any_address = _is_unspecified(host)

    def allows(self, host: str) -> bool:
        """Tell whether `host`, from a request, is one of the wall's."""
        return host.lower() in self._hosts or (self._any_address and self._is_address(host))

    def _is_address(self, host: str) -> bool:
        address, _colon, port = host.rpartition(":")
        try:
            ipaddress.ip_address(address.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return port == str(self._port)


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, and adds the security headers."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, and pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(Headers(scope=scope), scope["method"])
        app = JSONResponse({"error": refusal}, 403) if refusal else self._app
        await app(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers, method: str) -> str | None:
        host = headers.get("host", "")
        if not self._hosts.allows(host):
            return f"this host is not the wall's: use the address that `{COMMAND} wall` printed"
        if method in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}".lower(),):
            return "the request comes from another site"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "the request comes from another site"
        return None


def has_token(authorization: str | None, token: str) -> bool:
    """Tell whether the header `Authorization` has `token`, in constant time."""
    scheme, _space, given = (authorization or "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
