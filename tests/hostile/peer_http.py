"""A hostile HTTPS server: what it answers, a mode each, and the certificates it shows.

A request's path is /MODE/ADDRESS; ADDRESS is what a good answer would say, so that one that was
believed can be told from all others.
"""
import gzip
import os
import socket
import ssl
import struct
import threading
import time

PATIENCE = 60  # s; longer than any deadline of the program
CHUNK = b"A" * 16384


def head(status="200 OK", *lines):
    return "\r\n".join(("HTTP/1.1 " + status, *lines, "", "")).encode()


def whole(body, status="200 OK", *lines):
    if isinstance(body, str):
        body = body.encode()
    return head(status, f"Content-Length: {len(body)}", "Connection: close", *lines) + body


def forever(conn, data, pause=0.0):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        conn.sendall(data)
        time.sleep(pause)


def reset(conn):
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(conn, ip, _server):
    conn.sendall(head("200 OK", "Content-Length: 1000"))
    forever(conn, b"1", 0.2)


def header_drip(conn, ip, _server):
    conn.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    forever(conn, b"x", 0.1)


def many_headers(conn, ip, _server):
    conn.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 50000 + b"\r\n" + ip.encode())


def long_header(conn, ip, _server):
    conn.sendall(b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 1000000 + b"\r\n\r\n" + ip.encode())


def endless_header(conn, ip, _server):
    conn.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
    forever(conn, CHUNK)


def endless_status(conn, ip, _server):
    conn.sendall(b"HTTP/1.1 200 ")
    forever(conn, CHUNK)


def endless_chunked(conn, ip, _server):
    conn.sendall(head("200 OK", "Transfer-Encoding: chunked"))
    forever(conn, b"4000\r\n" + CHUNK + b"\r\n")


def endless_extension(conn, ip, _server):
    conn.sendall(head("200 OK", "Transfer-Encoding: chunked") + b"1;x=")
    forever(conn, CHUNK)


def endless_trailers(conn, ip, _server):
    body = ip.encode()
    conn.sendall(head("200 OK", "Transfer-Encoding: chunked"))
    conn.sendall(b"%x\r\n%s\r\n0\r\n" % (len(body), body))
    forever(conn, b"X-T: " + b"t" * 1000 + b"\r\n")


def endless_body(conn, ip, _server):
    conn.sendall(head("200 OK", "Connection: close"))
    forever(conn, CHUNK)


def huge_length(conn, ip, _server):
    conn.sendall(head("200 OK", "Content-Length: 99999999999"))
    forever(conn, CHUNK)


def gzip_bomb(conn, ip, _server):
    conn.sendall(whole(gzip.compress(b"\0" * 20_000_000), "200 OK", "Content-Encoding: gzip"))


def gzip_address(conn, ip, _server):
    conn.sendall(whole(gzip.compress(ip.encode()), "200 OK", "Content-Encoding: gzip"))


def redirect(conn, url):
    conn.sendall(whole("", "302 Found", f"Location: {url}"))


def redirect_loop(conn, ip, server):
    redirect(conn, f"https://127.0.0.1:{server.port}/redirect-loop/{ip}")


def redirect_here(conn, ip, server):
    redirect(conn, f"https://127.0.0.1:{server.port}/benign/{ip}")


def redirect_http(conn, ip, server):
    redirect(conn, f"http://127.0.0.1:{server.plain_port}/benign/{ip}")


def redirect_file(conn, ip, _server):
    conn.sendall(whole(ip, "302 Found", "Location: file:///etc/hostname"))


def truncated_tls(conn, ip, _server):
    """The end of an address is cut off with the connection, without close_notify."""
    conn.sendall(head("200 OK", "Connection: close") + ip.encode()[:-1])
    conn.detached = socket.socket(fileno=conn.detach())
    conn.detached.shutdown(socket.SHUT_RDWR)


def short_body(conn, ip, _server):
    conn.sendall(head("200 OK", "Content-Length: 1000") + ip.encode())


def reset_body(conn, ip, _server):
    conn.sendall(head("200 OK", "Content-Length: 1000") + ip.encode())
    time.sleep(0.1)
    reset(conn)


def two_lengths(conn, ip, _server):
    conn.sendall(head("200 OK", "Content-Length: 9", f"Content-Length: {len(ip)}") + ip.encode())


def bad_length(conn, ip, _server):
    conn.sendall(head("200 OK", "Content-Length: -1") + ip.encode())


def continue_flood(conn, ip, _server):
    forever(conn, head("100 Continue") * 100)


def hints_flood(conn, ip, _server):
    forever(conn, head("103 Early Hints", "Link: </x>; rel=preload") * 100)


def continue_once(conn, ip, _server):
    conn.sendall(head("100 Continue") + whole(ip))


def silent(conn, ip, _server):
    time.sleep(PATIENCE)


def switching(conn, ip, _server):
    conn.sendall(head("101 Switching Protocols", "Upgrade: h2c", "Connection: Upgrade"))
    conn.sendall(ip.encode())


def text(body, status="200 OK"):
    return lambda conn, ip, _server: conn.sendall(whole(body.replace("IP", ip), status))


def raw(data):
    return lambda conn, ip, _server: conn.sendall(data.replace(b"IP", ip.encode()))


# name: (what it does, whether the address may be believed)
MODES = {
    "benign": (text("IP\n"), True),
    "continue-once": (continue_once, True),
    "silent": (silent, False),
    "drip": (drip, False),
    "header-drip": (header_drip, False),
    "50000-headers": (many_headers, False),
    "long-header": (long_header, False),
    "endless-header": (endless_header, False),
    "endless-status-line": (endless_status, False),
    "endless-chunked": (endless_chunked, False),
    "endless-chunk-extension": (endless_extension, False),
    "endless-trailers": (endless_trailers, False),
    "endless-body": (endless_body, False),
    "huge-content-length": (huge_length, False),
    "gzip-bomb": (gzip_bomb, False),
    "gzip-address": (gzip_address, False),
    "redirect-loop": (redirect_loop, False),
    "redirect-same-host": (redirect_here, False),
    "redirect-to-http": (redirect_http, False),
    "redirect-to-file": (redirect_file, False),
    "http-0.9": (raw(b"IP\n"), False),
    "http-7.3": (raw(b"HTTP/7.3 200 OK\r\n\r\nIP"), False),
    "garbage": (lambda conn, ip, _s: conn.sendall(os.urandom(4096)), False),
    "truncated-tls": (truncated_tls, False),
    "body-shorter-than-length": (short_body, False),
    "reset-in-body": (reset_body, False),
    "two-content-lengths": (two_lengths, False),
    "negative-content-length": (bad_length, False),
    "close-after-headers": (raw(head("200 OK", "Content-Length: 12")), False),
    "close-at-once": (raw(b""), False),
    "100-continue-flood": (continue_flood, False),
    "103-hints-flood": (hints_flood, False),
    "101-switching": (switching, False),
    "nul-in-body": (text("IP\0"), False),
    "two-addresses": (text("IP\n6.6.0.1\n"), False),
    "16-KB-of-digits": (text("IP" + "1" * 16384), False),
    "html-with-address": (text("<html><body>You are IP</body></html>"), False),
    "json-with-address": (text('{"ip":"IP"}'), False),
    "address-and-port": (text("IP:80"), False),
    "leading-zeros": (text("006.006.1.1"), False),
    "one-number": (text("101058054"), False),
    "five-numbers": (text("IP.9"), False),
    "wide-digits": (text("６.６.1.1"), False),
    "ipv6-mapped": (text("::ffff:IP"), False),
    "private": (text("192.168.66.6"), False),
    "cgnat": (text("100.66.66.6"), False),
    "loopback": (text("127.66.66.6"), False),
    "documentation": (text("203.0.113.66"), False),
    "204-with-body": (raw(head("204 No Content") + b"IP"), False),
    "403-with-address": (text("IP", "403 Forbidden"), False),
    "500-with-address": (text("IP", "500 Internal Server Error"), False),
    "511-portal": (text("IP", "511 Network Authentication Required"), False),
}
# Servers with another certificate, or none; each answers as benign.
CERTIFICATES = ("expired", "other-name", "other-authority", "self-signed")


class Connection:
    """One connection, TLS or plain; the mode says what happens on it."""

    def __init__(self, conn, server):
        try:
            conn.settimeout(PATIENCE)
            if server.context:
                conn = server.context.wrap_socket(conn, server_side=True)
            self.serve(conn, server)
        except (OSError, ValueError):
            pass  # the program went away, as it should
        finally:
            conn.close()

    def serve(self, conn, server):
        request = b""
        while b"\r\n\r\n" not in request and len(request) < 65536:
            got = conn.recv(65536)
            if not got:
                break
            request += got
        server.log(request)
        words = request.split(b" ", 2)
        parts = words[1].decode("latin-1").split("/") if len(words) > 1 else []
        mode = server.mode or (parts[1] if len(parts) > 1 else "benign")
        ip = parts[2] if len(parts) > 2 and not server.mode else "6.6.0.0"
        MODES.get(mode, MODES["benign"])[0](conn, ip, server)


class Server:
    """Listens on ADDRESS; CONTEXT None: plain.  .seen is whatever came, .count how often."""

    def __init__(self, context, address="127.0.0.1", mode=None, port=0):
        self.context, self.mode, self.plain_port = context, mode, 0
        self.seen, self.count = b"", 0
        self.lock = threading.Lock()
        self.socket = socket.create_server((address, port), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.socket.accept()
            with self.lock:
                self.count += 1
            threading.Thread(target=Connection, args=(conn, self), daemon=True).start()

    def log(self, data):
        with self.lock:
            self.seen += data


class Deaf:
    """Takes connections and says nothing, not even in TLS."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]


def context(folder, name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    made.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    return made
