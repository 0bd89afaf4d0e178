"""Two DNS providers, an echo service and a name server in one process, on loopback.

They do as little as they can, so that the program is measured and not they: no zone is kept, only
who was told which address, and when.  Knows nothing of the program but its protocol.
"""
import asyncio
import collections
import json
import os
import ssl
import struct
import time
import urllib.parse

ZONE = 'bench.test'


class World:
    """What the providers saw, and how they are to behave."""

    def __init__(self):
        self.address = ''
        self.mode = {}
        self.forget()

    def forget(self):
        self.records = {}       # (provider, name) -> address
        self.right = collections.defaultdict(list)
        self.echoes = []
        self.refreshes = collections.Counter()  # by grant
        self.requests = collections.Counter()
        self.connections = 0
        self.wrong = 0

    def report(self):
        return {'right': dict(self.right), 'echoes': self.echoes, 'requests': dict(self.requests),
                'refreshes': dict(self.refreshes), 'connections': self.connections,
                'wrong': self.wrong, 'cpu': time.process_time()}


def answer(status, body=b'', kind='application/json'):
    head = f'HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n'
    return head.encode() + body


class Connection(asyncio.Protocol):
    def __init__(self, world):
        self.world = world
        self.data = b''

    def connection_made(self, transport):
        self.transport = transport
        self.world.connections += 1

    def data_received(self, data):
        self.data += data
        while True:
            end = self.data.find(b'\r\n\r\n')
            if end < 0:
                return
            head = self.data[:end].decode('latin-1').split('\r\n')
            fields = {k.lower(): v.strip() for k, _, v in (line.partition(':') for line in head[1:])}
            size = int(fields.get('content-length', 0))
            if len(self.data) < end + 4 + size:
                return
            body = self.data[end + 4:end + 4 + size]
            self.data = self.data[end + 4 + size:]
            self.take(head[0].split(' ')[1], fields, body.decode())

    def take(self, target, fields, body):
        who = fields.get('host', '').split('.')[0]
        mode = self.world.mode.get(who, 'ok')
        self.world.requests[who] += 1
        if mode == 'hang':
            return
        if mode.startswith('slow'):
            delay = float(mode.split()[1])
            asyncio.get_running_loop().call_later(delay, self.say, who, target, fields, body)
        else:
            self.say(who, target, fields, body)

    def say(self, who, target, fields, body):
        path, _, query = target.partition('?')
        if path == '/ip':
            self.world.echoes.append(time.monotonic())
            reply = answer(200, self.world.address.encode(), 'text/plain')
        elif path.endswith('/oauth/access_token'):
            reply = self.refresh(body)
        elif path.endswith('/apply'):
            reply = self.apply(who, dict(urllib.parse.parse_qsl(query)), fields)
        else:
            reply = answer(404)
        self.transport.write(reply)

    def refresh(self, body):
        given = json.loads(body) if body.startswith('{') else dict(urllib.parse.parse_qsl(body))
        word, grant, turn = given['refresh_token'].split('_')
        if word != 'refresh' or int(turn) != self.world.refreshes[grant]:
            return answer(400, b'{"error":"invalid_grant"}')
        self.world.refreshes[grant] += 1
        fresh = {'access_token': f'access_{grant}_fresh', 'token_type': 'Bearer', 'expires_in': 3600,
                 'refresh_token': f'refresh_{grant}_{int(turn) + 1}'}
        return answer(200, json.dumps(fresh).encode())

    def apply(self, who, query, fields):
        if not fields.get('authorization', '').startswith('Bearer access_'):
            return answer(401)
        name = f'{who} {query["host"]}.{query["domain"]}'
        if query.get('IPv4') != self.world.address:
            self.world.wrong += 1
        elif self.world.records.get(name) != query['IPv4']:
            self.world.right[who].append(time.monotonic())
        self.world.records[name] = query.get('IPv4')
        return answer(200)


class NameServer(asyncio.DatagramProtocol):
    """127.0.0.1 for each name, and no other records."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        end = 12
        while data[end]:
            end += 1 + data[end]
        kind = struct.unpack('>H', data[end + 1:end + 3])[0]
        found = kind == 1
        head = data[:2] + struct.pack('>HHHHH', 0x8180 | (data[2] & 1) << 8, 1, found, 0, 0)
        record = b'\xc0\x0c' + struct.pack('>HHIH', 1, 1, 60, 4) + b'\x7f\0\0\1' if found else b''
        self.transport.sendto(head + data[12:end + 5] + record, peer)


def serve(pipe, certificate):
    """Runs until the pipe is closed: (command, argument) in, an answer out."""
    world = World()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def main():
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        dns, _ = await loop.create_datagram_endpoint(NameServer, local_addr=('127.0.0.1', 0))
        https = await loop.create_server(lambda: Connection(world), '127.0.0.1', 0, ssl=context,
                                         backlog=1024)

        def command():
            try:
                what, argument = pipe.recv()
            except EOFError:
                over.cancel()
                return
            if what == 'forget':
                world.forget()
            elif what == 'address':
                world.address = argument
            elif what == 'mode':
                world.mode = argument
            pipe.send(world.report() if what == 'report' else None)

        loop.add_reader(pipe.fileno(), command)
        pipe.send((dns.get_extra_info('sockname')[1], https.sockets[0].getsockname()[1]))
        try:
            await over
        except asyncio.CancelledError:
            os._exit(0)

    asyncio.run(main())
