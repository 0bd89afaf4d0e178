"""A hostile STUN server: one UDP port for each mode."""
import socket
import struct
import threading
import time
import zlib

COOKIE = 0x2112A442
GOOD, EVIL = "6.7.0.1", "6.7.0.66"


def attribute(atype, value):
    return struct.pack("!HH", atype, len(value)) + value + b"\0" * (-len(value) % 4)


def xor_mapped(ip, family=1):
    number = struct.unpack("!I", socket.inet_aton(ip))[0] ^ COOKIE
    return attribute(0x0020, struct.pack("!BBHI", 0, family, 40000 ^ (COOKIE >> 16), number))


def message(tid, *attributes, mtype=0x0101, cookie=COOKIE, length=None):
    body = b"".join(attributes)
    return struct.pack("!HHI", mtype, len(body) if length is None else length, cookie) + tid + body


def fingerprint(data, wrong=0):
    data = data[:2] + struct.pack("!H", len(data) - 20 + 8) + data[4:]
    return data + struct.pack("!HHI", 0x8028, 4, zlib.crc32(data) ^ 0x5354554E ^ wrong)


def good(tid):
    return message(tid, xor_mapped(GOOD))


def bad_id(tid):
    return message(bytes(b ^ 1 for b in tid), xor_mapped(EVIL))


# name: (datagrams in order, whether the good address comes of it)
MODES = {
    "benign": (lambda t: [good(t)], True),
    "wrong-id": (lambda t: [bad_id(t), good(t)], True),
    "flood-of-ids": (lambda t: [bad_id(t)] * 150 + [good(t)], True),
    "wrong-cookie": (lambda t: [message(t, xor_mapped(EVIL), cookie=7), good(t)], True),
    "first-bits-set": (lambda t: [b"\xc1" + message(t, xor_mapped(EVIL))[1:], good(t)], True),
    "request-echoed": (lambda t: [message(t, xor_mapped(EVIL), mtype=0x0001), good(t)], True),
    "indication": (lambda t: [message(t, xor_mapped(EVIL), mtype=0x0011), good(t)], True),
    "other-method": (lambda t: [message(t, xor_mapped(EVIL), mtype=0x0103), good(t)], True),
    "length-too-long": (lambda t: [message(t, xor_mapped(EVIL), length=400), good(t)], True),
    "length-not-of-4": (lambda t: [message(t, xor_mapped(EVIL), b"\0\0", length=14), good(t)],
                        True),
    "cut-in-header": (lambda t: [good(t)[:11], good(t)], True),
    "empty-datagram": (lambda t: [b"", good(t)], True),
    "bad-fingerprint": (lambda t: [fingerprint(message(t, xor_mapped(EVIL)), 1), good(t)], True),
    "fingerprint-not-last": (lambda t: [message(t, attribute(0x8028, b"\0\0\0\0"),
                                                xor_mapped(EVIL)), good(t)], True),
    "fingerprint": (lambda t: [fingerprint(message(t, xor_mapped(GOOD)))], True),
    "giant-datagram": (lambda t: [message(t, attribute(0x8022, b"s" * 60000), xor_mapped(EVIL)),
                                  good(t)], True),
    "two-addresses": (lambda t: [message(t, xor_mapped(GOOD), xor_mapped(EVIL))], True),
    "attribute-beyond-end": (lambda t: [message(t, struct.pack("!HH", 0x0020, 200) + b"\0" * 8)],
                             False),
    "other-family": (lambda t: [message(t, attribute(0x0020, b"\0\2" + b"\0" * 18))], False),
    "unknown-family": (lambda t: [message(t, xor_mapped(EVIL, family=9))], False),
    "unknown-attribute": (lambda t: [message(t, attribute(0x7F00, b"x"), xor_mapped(EVIL))], False),
    "no-address": (lambda t: [message(t)], False),
    "error-420": (lambda t: [message(t, attribute(0x0009, b"\0\0\x04\x14Unknown"), mtype=0x0111)],
                  False),
    "error-without-code": (lambda t: [message(t, mtype=0x0111)], False),
    "silent": (lambda t: [], False),
    "garbage": (lambda t: [b"\xa5" * 100], False),
}


class Server:
    def __init__(self, mode):
        self.make = MODES[mode][0]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            data, peer = self.socket.recvfrom(4096)
            for datagram in self.make(data[8:20]):
                self.socket.sendto(datagram, peer)
            time.sleep(0)
