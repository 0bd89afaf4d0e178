#!/usr/bin/env python3
"""The internet of the network scenarios: a resolver, the way to the sandbox, echo services and STUN
servers that say who asks.  Knows nothing of what is done to the packets on their way.

usage: internet.py DIR SANDBOX-DNS-PORT
  DIR/cert.pem, DIR/key.pem  of the echo services
  DIR/lie                    while it is there, every name has the addresses in it
  DIR/no-aaaa                while it is there, no name has an IPv6 address
  DIR/echo.log, DIR/stun.log, DIR/dns.log, DIR/provider.log  one line a question: who asked
  DIR/ready                  appears when all of them listen
"""
import asyncio
import ipaddress
import os
import socket
import ssl
import struct
import sys

PROVIDER = ("9.0.1.1", "2a00:9::101")
RESOLVER = ("9.0.0.53", "2a00:9::53")
HOSTS = {
    **{f"{name}.sandbox.test": PROVIDER for name in ("dc", "api", "consent", "ns1")},
    "dynamicdns.domainconnect.org": PROVIDER,
    "echo1.world.test": ("9.0.2.1", "2a00:9::201"),
    "echo2.world.test": ("9.0.3.1", "2a00:9::301"),
    "echo3.world.test": ("9.0.4.1", "2a00:9::401"),
    "stun1.world.test": ("9.0.5.1", "2a00:9::501"),
    "stun2.world.test": ("9.0.6.1", "2a00:9::601"),
}
TYPE_A, TYPE_AAAA = 1, 28
folder, sandbox_dns = sys.argv[1], int(sys.argv[2])


def path(name):
    return os.path.join(folder, name)


def note(name, *words):
    with open(path(name), "a", encoding="ascii") as log:
        print(*words, file=log)


def lies():
    try:
        with open(path("lie"), encoding="ascii") as lie:
            return tuple(lie.read().split())
    except FileNotFoundError:
        return None


# -- DNS -------------------------------------------------------------------------------------------


def question_of(packet):
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("ascii").lower())
        at += 1 + packet[at]
    return ".".join(labels), struct.unpack("!H", packet[at + 1 : at + 3])[0], at + 5


def addresses_of(name, kind):
    """Packed addresses, or None when the sandbox shall answer."""
    if kind not in (TYPE_A, TYPE_AAAA):
        return None
    known = lies() or HOSTS.get(name)
    if not known:
        return None
    if kind == TYPE_AAAA and os.path.exists(path("no-aaaa")):
        return []
    wanted = 4 if kind == TYPE_A else 6
    found = [ipaddress.ip_address(text) for text in known]
    return [address.packed for address in found if address.version == wanted]


def answer_to(packet):
    name, kind, end = question_of(packet)
    found = addresses_of(name, kind)
    note("dns.log", name, kind, "sandbox" if found is None else len(found))
    if found is None:
        return None
    head = packet[:2] + struct.pack("!HHHHH", 0x8580, 1, len(found), 0, 0)
    records = [struct.pack("!HHHIH", 0xC00C, kind, 1, 5, len(data)) + data for data in found]
    return head + packet[12:end] + b"".join(records)


class ToSandbox(asyncio.DatagramProtocol):
    """One question on its way to the sandbox; the answer goes back to who asked."""

    def __init__(self, packet, back, peer):
        self.packet, self.back, self.peer = packet, back, peer

    def connection_made(self, transport):
        self.transport = transport
        transport.sendto(self.packet)

    def datagram_received(self, data, addr):
        self.back.sendto(data, self.peer)
        self.transport.close()


class Resolver(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        reply = answer_to(data)
        if reply:
            self.transport.sendto(reply, addr)
            return
        asyncio.ensure_future(
            asyncio.get_running_loop().create_datagram_endpoint(
                lambda: ToSandbox(data, self.transport, addr),
                remote_addr=("127.0.0.1", sandbox_dns),
            )
        )


# -- STUN ------------------------------------------------------------------------------------------


class Stun(asyncio.DatagramProtocol):
    COOKIE = b"\x21\x12\xa4\x42"

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if len(data) < 20 or data[:2] != b"\x00\x01" or data[4:8] != self.COOKIE:
            return
        note("stun.log", addr[0])
        address = ipaddress.ip_address(addr[0]).packed
        key = (self.COOKIE + data[8:20])[: len(address)]
        mixed = bytes(a ^ b for a, b in zip(address, key))
        value = struct.pack("!BBH", 0, 1 if len(address) == 4 else 2, addr[1] ^ 0x2112) + mixed
        body = struct.pack("!HH", 0x0020, len(value)) + value
        self.transport.sendto(struct.pack("!HH", 0x0101, len(body)) + data[4:20] + body, addr)


# -- HTTPS -----------------------------------------------------------------------------------------


async def echo(reader, writer):
    who = writer.get_extra_info("peername")[0]
    try:
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        note("echo.log", who)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(who) + 1}\r\nConnection: close\r\n\r\n"
        writer.write(f"{head}{who}\n".encode("ascii"))
        await writer.drain()
    except (OSError, EOFError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def to_sandbox(reader, writer, port):
    note("provider.log", writer.get_extra_info("peername")[0], port)
    try:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(copy(reader, outer), copy(inner, writer))


async def main():
    loop = asyncio.get_running_loop()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(path("cert.pem"), path("key.pem"))
    for address in RESOLVER + PROVIDER:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        await loop.create_datagram_endpoint(Resolver, local_addr=(address, 53), family=family)
        # Long answers come over TCP, from the sandbox itself.
        await asyncio.start_server(lambda r, w: to_sandbox(r, w, sandbox_dns), address, 53)
    for address in PROVIDER:
        await asyncio.start_server(lambda r, w: to_sandbox(r, w, 443), address, 443)
    for name, addresses in HOSTS.items():
        for address in addresses:
            if name.startswith("echo"):
                await asyncio.start_server(echo, address, 443, ssl=tls)
            if name.startswith("stun"):
                await loop.create_datagram_endpoint(Stun, local_addr=(address, 3478))
    note("ready", "yes")
    await asyncio.Event().wait()


asyncio.run(main())
