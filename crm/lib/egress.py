"""Requests to addresses that strangers chose: to public machines alone, over TLS, pinned, bounded, without redirects.

The name is looked up once; every address it has must be public; the connection goes to one of those very
addresses. So what the name says a moment later does not matter.
"""

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

SECONDS = 5.0
MOST_BYTES = 64 * 1024
LONGEST = 500
PORTS = (443, 8443)
TRIES = 3  # of a name's addresses
HOST = re.compile(r"(?=.{4,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
UNFIT = re.compile(r"[^!-~]|[\\#<>\"`{}|^]", re.ASCII)
# Public by the registry, and yet not for strangers: relays of 6to4, and the host's own services at a cloud.
WITHHELD_4 = [ipaddress.ip_network(text) for text in ("192.88.99.0/24", "168.63.129.16/32")]
# Of the public IPv6 range those that carry an IPv4 address, or are special or for documentation.
PUBLIC_6 = ipaddress.ip_network("2000::/3")
WITHHELD_6 = [ipaddress.ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]

Resolver = Callable[[str, int], list[str]]


class Refused(ValueError):
    """The address is none that we send to; the message says why."""


class Why(StrEnum):
    """Why no answer came."""

    NAME = "name"
    TIME = "time"
    SECURITY = "security"
    CONNECTION = "connection"


class Failed(Exception):
    """No answer came."""

    def __init__(self, why: Why):
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was looked at: `host` is a name, or an IP address in its usual spelling."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` holds at most MOST_BYTES of what came; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def parse(url: str, *, insecure: bool = False) -> Target:
    """The parts of an address that could be sent to. Raises Refused.

    Only https at 443 or 8443, without user and password, to a full name or a public IP address in its usual
    spelling. `insecure` also takes http, every port and every address: for tests and a developer's own machine.
    """
    if len(url) > LONGEST:
        raise Refused(_("The address has more than %d characters.") % LONGEST)
    if UNFIT.search(url):
        raise Refused(_("The address holds a character that has no place there."))
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").removesuffix(".")
    except ValueError as problem:
        raise Refused(_("This is no address.")) from problem
    if "[" in parts.netloc and ":" not in host:
        raise Refused(_("This is no address."))
    if parts.scheme != "https" and not (insecure and parts.scheme == "http"):
        raise Refused(_("The address must begin with https://."))
    if "@" in parts.netloc:
        raise Refused(_("User and password do not belong into the address."))
    port = (443 if parts.scheme == "https" else 80) if port is None else port
    if not insecure and port not in PORTS:
        raise Refused(_("Only the ports 443 and 8443 are sent to."))
    if not insecure:
        _check_host(host)
    elif not host:
        raise Refused(_("This is no address."))
    path = parts.path or "/"
    return Target(parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path)


def _check_host(host: str) -> None:
    """A name with a dot whose last part is no number, or an IP address that can only be read in one way."""
    if HOST.fullmatch(host):
        return
    try:
        address = ipaddress.ip_address(host)
    except ValueError as problem:
        raise Refused(_("The whole name of a machine is needed, as in hooks.example.com.")) from problem
    if str(address) != host or not is_public(host):
        raise Refused(_("The address is not public."))


def is_public(address: str) -> bool:
    """Whether everybody on the internet may reach this IP address, and it stands for no other."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return False
    if read.version == 4:
        return read.is_global and not read.is_multicast and not any(read in network for network in WITHHELD_4)
    return read in PUBLIC_6 and read.scope_id is None and not any(read in network for network in WITHHELD_6)


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a name, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_others, sockaddr in found))


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    insecure: bool = False,
    seconds: float = SECONDS,
    resolver: Resolver = resolve,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """POST, and what was answered within `seconds` in all. Raises Refused, Failed. A redirect is an answer."""
    target, until = parse(url, insecure=insecure), time.monotonic() + seconds
    addresses = _addresses(target, resolver, until, insecure=insecure)
    try:
        with _connected(target, addresses, until, trust) as connection:
            _send(connection, target, body, headers, until)
            return _read(connection, until)
    except TimeoutError as problem:
        raise Failed(Why.TIME) from problem
    except ssl.SSLError as problem:
        raise Failed(Why.SECURITY) from problem
    except (OSError, HTTPException) as problem:
        raise Failed(Why.CONNECTION) from problem


def _addresses(target: Target, resolver: Resolver, until: float, *, insecure: bool) -> list[str]:
    """All addresses of the target's name. Raises Refused where any of them is not public."""
    found = _in_time(lambda: resolver(target.host, target.port), until)
    if not found:
        raise Failed(Why.NAME)
    if not insecure and not all(map(is_public, found)):
        raise Refused(_("The address is not public."))
    return found


def _in_time(look_up: Callable[[], list[str]], until: float) -> list[str]:
    """The system's resolver knows no time limit: it is left behind where it takes too long."""
    found: list[list[str]] = []

    def run() -> None:
        try:
            found.append(look_up())
        except (OSError, UnicodeError):
            found.append([])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(0.0, until - time.monotonic()))
    if not found:
        raise Failed(Why.NAME)
    return found[0]


def _connected(target: Target, addresses: list[str], until: float, trust: ssl.SSLContext | None) -> socket.socket:
    connection = _dialled(target, addresses[:TRIES], until)
    if target.scheme == "http":
        return connection
    try:
        connection.settimeout(_left(until))
        return (trust or ssl.create_default_context()).wrap_socket(connection, server_hostname=target.host)
    except BaseException:
        connection.close()
        raise


def _dialled(target: Target, addresses: list[str], until: float) -> socket.socket:
    for place, address in enumerate(addresses):
        try:
            return socket.create_connection((address, target.port), timeout=_left(until) / (len(addresses) - place))
        except OSError:
            if place == len(addresses) - 1:
                raise
    raise AssertionError


def _send(connection: socket.socket, target: Target, body: bytes, headers: Mapping[str, str], until: float) -> None:
    told = {"Host": target.authority, **headers, "Content-Length": str(len(body)), "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    connection.settimeout(_left(until))
    connection.sendall(f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body)


def _read(connection: socket.socket, until: float) -> Answer:
    response = HTTPResponse(_Wire(connection, until), method="POST")
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read(MOST_BYTES))


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Wire(RawIOBase):
    """What comes in, while there is time: a socket's own limit begins anew with every byte that drips in."""

    def __init__(self, connection: socket.socket, until: float):
        self.connection, self.until = connection, until

    def makefile(self, mode: str) -> BufferedReader:
        return BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self.connection.settimeout(_left(self.until))
        return self.connection.recv_into(buffer)
