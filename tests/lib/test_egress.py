"""Addresses that strangers choose: none of those that are not public is ever connected to."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crm.lib import egress

PORT = 8443
PRIVATE = [
    "https://127.0.0.1:8443/", "https://127.0.0.2:8443/", "https://127.255.255.254:8443/", "https://127.1:8443/",
    "https://localhost:8443/", "https://LOCALHOST:8443/", "https://localhost.:8443/", "https://[::1]:8443/",
    "https://[0:0:0:0:0:0:0:1]:8443/", "https://0.0.0.0:8443/", "https://0:8443/", "https://[::]:8443/",
    "https://2130706433:8443/", "https://0x7f000001:8443/", "https://0x7f.0.0.1:8443/", "https://0x7f.1:8443/",
    "https://0177.0.0.1:8443/", "https://017700000001:8443/", "https://127.0.1:8443/", "https://127.000.000.001:8443/",
    "https://①②⑦.⓪.⓪.①:8443/", "https://127。0。0。1:8443/", "https://[::ffff:127.0.0.1]:8443/",
    "https://[::ffff:7f00:1]:8443/", "https://[::127.0.0.1]:8443/", "https://[::7f00:1]:8443/",
    "https://[2002:7f00:1::]:8443/", "https://[64:ff9b::7f00:1]:8443/", "https://[64:ff9b:1::7f00:1]:8443/",
    "https://[2001:0:7f00:1::]:8443/", "https://[fe80::1]:8443/", "https://[fe80::1%25lo]:8443/",
    "https://[fe80::1%lo]:8443/", "https://[fc00::1]:8443/", "https://[fd00:ec2::254]:8443/",
    "https://[fec0::1]:8443/", "https://[ff02::1]:8443/", "https://[2001:db8::1]:8443/", "https://[3fff::1]:8443/",
    "https://[100::1]:8443/", "https://10.0.0.1:8443/", "https://10.255.255.255:8443/", "https://172.16.0.1:8443/",
    "https://172.31.255.255:8443/", "https://192.168.1.1:8443/", "https://169.254.169.254:8443/latest/meta-data/",
    "https://2852039166:8443/", "https://0xa9fea9fe:8443/", "https://[::ffff:a9fe:a9fe]:8443/",
    "https://100.64.0.1:8443/", "https://100.100.100.200:8443/", "https://168.63.129.16:8443/",
    "https://192.0.2.1:8443/", "https://198.51.100.1:8443/", "https://203.0.113.1:8443/", "https://198.18.0.1:8443/",
    "https://192.0.0.1:8443/", "https://192.88.99.1:8443/", "https://224.0.0.1:8443/", "https://240.0.0.1:8443/",
    "https://255.255.255.255:8443/",
]  # fmt: skip
UNFIT = [
    "http://hooks.example.com/", "http://127.0.0.1:8443/", "file:///etc/passwd", "gopher://127.0.0.1:8443/_x",
    "ftp://127.0.0.1:8443/", "dict://127.0.0.1:8443/", "//127.0.0.1:8443/", "127.0.0.1:8443", "", "https://",
    "https:///path", "https://hooks.example.com:22/", "https://hooks.example.com:80/", "https://hooks.example.com:0/",
    "https://hooks.example.com:65536/", "https://hooks.example.com:8443x/", "https://user@hooks.example.com/",
    "https://user:password@hooks.example.com/", "https://hooks.example.com@127.0.0.1:8443/",
    "https://hooks.example.com:443@127.0.0.1:8443/", "https://127.0.0.1:8443\\@hooks.example.com/",
    "https://hooks.example.com#@127.0.0.1:8443/", "https://hooks.example.com/\r\nHost: x",
    "https://hooks.exa mple.com/",
    "https://hooks.example.com/\x00", "https://hooks/", "https://.example.com/", "https://hooks..example.com/",
    "https://-x.example.com/", "https://hooks.example.123/", "https://[::1", "https://[v1.x]/",
    "https://hooks.example.com%2f@127.0.0.1:8443/", "https://%31%32%37.0.0.1:8443/", "https://пример.рф/",
    "https://hooks.example.com/" + "x" * 500, "HTTPS\t://hooks.example.com/", "javascript:alert(1)",
]  # fmt: skip
LOOKED_UP = [
    ["127.0.0.1"], ["::1"], ["10.0.0.1"], ["169.254.169.254"], ["fd00::1"], ["fe80::1%lo"], ["::ffff:127.0.0.1"],
    ["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["2606:2800:220:1::1", "::1"], ["0.0.0.0"],
    ["64:ff9b::7f00:1"], ["nonsense"],
]  # fmt: skip


@pytest.fixture
def doors():
    """Servers at both loopback addresses that count who comes."""
    came = []
    open_doors = []

    def wait(door):
        while True:
            try:
                visitor, address = door.accept()
                visitor.close()
                came.append(address)
            except OSError:
                return

    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        door = socket.create_server((address, PORT), family=family)
        open_doors.append(door)
        threading.Thread(target=wait, args=(door,), daemon=True).start()
    yield came
    for door in open_doors:
        door.shutdown(socket.SHUT_RDWR)
        door.close()


def test_the_list_is_long_enough():
    assert len(PRIVATE) + len(UNFIT) + len(LOOKED_UP) >= 60


def test_the_doors_count(doors):
    socket.create_connection(("127.0.0.1", PORT)).close()
    socket.create_connection(("::1", PORT)).close()
    time.sleep(0.1)
    assert len(doors) == 2


def test_no_address_that_is_not_public_is_connected_to(doors):
    for url in PRIVATE + UNFIT:
        with pytest.raises(egress.Refused):
            egress.post(url, b"{}", headers={}, seconds=1)
    time.sleep(0.1)
    assert doors == []


@pytest.mark.parametrize("url", PRIVATE)
def test_what_the_spelling_lets_through_the_lookup_refuses(doors, url):
    """The second wall alone: whatever such a host is read as by the system."""
    target = egress.Target("https", url.split("//")[1].rpartition(":")[0].strip("[]"), PORT, "/")
    with pytest.raises((egress.Refused, egress.Failed)):
        egress._addresses(target, egress.resolve, time.monotonic() + 2, insecure=False)
    assert doors == []


@pytest.mark.parametrize("addresses", LOOKED_UP, ids=str)
def test_a_name_with_any_address_that_is_not_public_is_refused(doors, addresses):
    with pytest.raises(egress.Refused):
        egress.post(
            "https://hooks.example.com:8443/", b"", headers={}, seconds=1, resolver=lambda host, port: addresses
        )
    assert doors == []


def test_a_name_is_looked_up_once_so_that_its_turning_private_does_not_matter(doors):
    answers = iter([["192.0.0.9"], ["127.0.0.1"], ["127.0.0.1"]])  # 192.0.0.9 is global, and nobody is there
    asked = []

    def turning(host, port):
        asked.append(host)
        return next(answers)

    assert egress.is_public("192.0.0.9")
    with pytest.raises(egress.Failed):
        egress.post("https://hooks.example.com:8443/", b"", headers={}, seconds=0.5, resolver=turning)
    assert (asked, doors) == (["hooks.example.com"], [])


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example.com/a?b=c", "https://hooks.example.com:8443", "https://1.1.1.1/", "https://a_b.xn--p1ai/",
     "https://[2606:4700:4700::1111]/"],
)  # fmt: skip
def test_public_addresses_may_be_sent_to(url):
    assert egress.parse(url).port in egress.PORTS


def test_a_lookup_that_hangs_is_left_behind():
    begun = time.monotonic()
    with pytest.raises(egress.Failed):
        egress.post(
            "https://hooks.example.com/", b"", headers={}, seconds=0.3, resolver=lambda host, port: time.sleep(5)
        )
    assert time.monotonic() - begun < 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), sent))
        self.server.answer(self)

    def log_message(self, *args):
        pass


def say(status=200, body=b"ok", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def serving(answer, *, context: ssl.SSLContext | None = None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.answer, server.got = True, answer, []
    server.handle_error = lambda *args: None
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def send(server, *, scheme="http", host="127.0.0.1", path="/hook?a=1", **options):
    url = f"{scheme}://{host}:{server.server_address[1]}{path}"
    return egress.post(url, b'{"a":1}', headers={"X-Test": "1"}, insecure=True, **options)


def test_a_message_arrives_and_the_answer_comes_back():
    with serving(say(202, b"thanks", Retry_After="7")) as server:
        answer = send(server)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (202, b"thanks", "7")
    ((path, headers, body),) = server.got
    assert (path, body, headers["X-Test"], headers["Host"]) == (
        "/hook?a=1", b'{"a":1}', "1", f"127.0.0.1:{server.server_address[1]}",
    )  # fmt: skip


def test_a_redirect_is_an_answer_and_not_followed():
    with serving(say()) as inner:
        with serving(say(302, Location=f"http://127.0.0.1:{inner.server_address[1]}/")) as server:
            assert send(server).status == 302
        assert inner.got == []


def test_no_more_than_64_kb_of_an_answer_are_read():
    with serving(say(200, b"x" * 10_000_000)) as server:
        answer = send(server)
    assert (answer.status, len(answer.body)) == (200, 64 * 1024)


def dripping(part):
    def answer(handler):
        if part == "body":
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _second in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    return answer


@pytest.mark.parametrize("part", ["head", "body"])
def test_the_time_is_for_all_of_it_however_much_drips_in(part):
    with serving(dripping(part)) as server:
        begun = time.monotonic()
        with pytest.raises(egress.Failed):
            send(server, seconds=0.5)
        assert 0.4 < time.monotonic() - begun < 1


def test_a_server_that_says_nothing_and_one_that_talks_nonsense_fail():
    with serving(lambda handler: time.sleep(2)) as server, pytest.raises(egress.Failed):
        send(server, seconds=0.3)
    with serving(lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")) as server, pytest.raises(egress.Failed):
        send(server)


def test_nobody_there_is_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(egress.Failed):
        egress.post(f"http://127.0.0.1:{port}/", b"", headers={}, insecure=True)


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """(server context, client context that trusts it) for hooks.example.com."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


def here(host, port):
    return [str(ipaddress.ip_address("127.0.0.1"))]


def test_the_connection_is_pinned_and_yet_secured_by_the_name(certified):
    with serving(say(), context=certified[0]) as server:
        answer = send(server, scheme="https", host="hooks.example.com", resolver=here, trust=certified[1])
    assert answer.status == 200
    assert server.got[0][1]["Host"] == f"hooks.example.com:{server.server_address[1]}"


@pytest.mark.parametrize(("host", "trusted"), [("other.example.com", True), ("hooks.example.com", False)])
def test_another_name_or_an_unknown_authority_fails(certified, host, trusted):
    with serving(say(), context=certified[0]) as server:
        with pytest.raises(egress.Failed):
            send(server, scheme="https", host=host, resolver=here, trust=certified[1] if trusted else None)
        assert server.got == []
