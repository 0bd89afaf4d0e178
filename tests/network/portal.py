#!/usr/bin/env python3
"""A captive portal: whatever is asked, with whatever name, it shows one page that has an address.

usage: portal.py DIR ADDRESS
  DIR/portal.pem, DIR/portal.key  its certificate, which nobody trusts
  DIR/portal.log                  one line a connection: what came of it
  DIR/portal.bytes                what clients said to it once TLS stood
  DIR/portal-ready                appears when it listens, on ports 8080 (HTTP) and 8443 (HTTPS)
"""
import asyncio
import os
import ssl
import sys

folder, address = sys.argv[1:3]
PAGE = f"<html><title>Welcome</title><p>Please sign in. Your address is\n{address}\n</p></html>\n"


def note(name, data):
    with open(os.path.join(folder, name), "ab") as log:
        log.write(data)


async def show(reader, writer):
    try:
        said = await asyncio.wait_for(reader.read(65536), 10)
        note("portal.bytes", said)
        note("portal.log", b"asked\n" if said else b"left\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\n\r\n"
        writer.write((head + PAGE).encode("ascii"))
        await writer.drain()
    except (OSError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


async def show_after_tls(reader, writer):
    """TLS is begun by hand so that a client that hangs up in the handshake is counted, too."""
    note("portal.log", b"connected\n")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(os.path.join(folder, "portal.pem"), os.path.join(folder, "portal.key"))
    try:
        await writer.start_tls(tls)
    except (OSError, ssl.SSLError):
        note("portal.log", b"refused\n")
        writer.close()
        return
    await show(reader, writer)


async def main():
    await asyncio.start_server(show, None, 8080)
    await asyncio.start_server(show_after_tls, None, 8443)
    note("portal-ready", b"yes\n")
    await asyncio.Event().wait()


asyncio.run(main())
