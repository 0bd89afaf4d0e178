"""A folder with configuration and grants for many hosts, and the daemon that serves them."""
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import time

import provider

OLD, NEW = '93.184.216.33', '93.184.216.34'


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


class Providers:
    def __init__(self, folder):
        self.ca = f'{folder}/ca.pem'
        key, pem = f'{folder}/key.pem', f'{folder}/server.pem'
        new_key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
        run = lambda *words: subprocess.run(words, check=True, capture_output=True)
        run('openssl', 'req', '-x509', *new_key, '-keyout', f'{folder}/ca.key', '-out', self.ca,
            '-subj', '/CN=dcddns bench')
        run('openssl', 'req', '-x509', *new_key, '-keyout', key, '-out', pem, '-subj', '/CN=bench',
            '-CA', self.ca, '-CAkey', f'{folder}/ca.key', '-addext', 'basicConstraints=CA:FALSE',
            '-addext', f'subjectAltName=DNS:*.{provider.ZONE}')
        with open(pem, 'a', encoding='ascii') as out, open(key, encoding='ascii') as secret:
            out.write(secret.read())
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=provider.serve, args=(theirs, pem),
                                               daemon=True)
        self.process.start()
        self.dns, self.https = self.pipe.recv()

    def ask(self, what, argument=None):
        self.pipe.send((what, argument))
        return self.pipe.recv()

    def reset(self, address, mode):
        self.ask('forget')
        self.ask('address', address)
        self.ask('mode', mode)

    def stop(self):
        self.process.terminate()
        self.process.join()


def record_image(payload):
    """As the store keeps it: see core/state/store_image.c."""
    size = len(payload.encode())
    digest = hashlib.sha256(f'1 {size}\n{payload}'.encode()).hexdigest()
    return f'dcddns-record 1 1 {size} {digest}\n{payload}\n'


class State:
    """HOSTS names, in turn at each of WHO; a grant for each, or GRANTS in all."""

    def __init__(self, folder, providers, hosts, who=('a', 'b'), grants=0, stale=False,
                 interval=3600, published=OLD):
        shutil.rmtree(folder, ignore_errors=True)
        self.folder = folder
        self.hosts = hosts
        base = f'bench.test:{providers.https}'
        lines = [f'[core]\nresolver = 127.0.0.1:{providers.dns}\nca-file = {providers.ca}',
                 f'state-dir = {folder}/state\ncontrol-socket = {folder}/control.sock',
                 f'interval = {interval}\nconfirm-delay = 1\nallow-loopback-provider = yes',
                 'verify-dns = no\nnotifiers = none\ndaily-summary = no\nlog-level = warning\n',
                 f'[ip-source http-echo]\nurl4 = https://echo.{base}/ip\n']
        records, members = {}, {}
        now = int(time.time() * 1000)
        for i in range(hosts):
            zone = f'z{i % grants if grants else i}.example.com'
            members.setdefault(zone, (who[i % len(who)], []))[1].append(f'h{i}')
            lines.append(f'[host h{i}.{zone}]')
            family = {'published': published, 'published_ms': now - 86400000}
            records[f'h{i}.{zone}'] = {'state': 'current', 'ipv4': family}
        for zone, (at, names) in members.items():
            number = zone.split('.')[0]
            grant = {'schema': 1, 'id': f'{names[0]}.{zone}', 'zone': zone, 'host': ','.join(names),
                     'provider_id': f'{at}.test', 'provider_name': at,
                     'api_url': f'https://{at}.{base}', 'async_url': f'https://{at}.{base}',
                     'service_id': 'dynamicdns-v2', 'auth': 'published-secret',
                     'granted_wall_ms': now, 'expires_in_s': 3600,
                     'access_token': f'access_{number}_first',
                     'refresh_token': f'refresh_{number}_0',
                     'obtained_wall_ms': now - (7200000 if stale else 0),
                     'refreshed_wall_ms': now, 'encoding_refresh': 'json', 'refresh_proven': True}
            write(f'{folder}/state/grants/{grant["id"]}/record', record_image(json.dumps(grant)))
        write(f'{folder}/state/records.json', json.dumps({'schema': 1, 'hosts': records}))
        write(f'{folder}/dcddns.conf', '\n'.join(lines) + '\n')


class Daemon:
    def __init__(self, program, state):
        self.command = [program, '--config', f'{state.folder}/dcddns.conf']
        self.log = f'{state.folder}/log'
        self.began = time.monotonic()
        with open(self.log, 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen([*self.command, 'run'], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)

    def read(self, name):
        with open(f'/proc/{self.process.pid}/{name}', encoding='ascii') as file:
            return file.read()

    def cpu(self):
        """User and system time in s, of threads that ended too."""
        fields = self.read('stat').rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def exact_cpu(self):
        """In s; of the threads that live."""
        return sum(int(text.split()[0]) for text in self.tasks('schedstat')) / 1e9

    def wakeups(self):
        return sum(int(text.split()[2]) for text in self.tasks('schedstat'))

    def tasks(self, name):
        for task in os.listdir(f'/proc/{self.process.pid}/task'):
            yield self.read(f'task/{task}/{name}')

    def memory(self, key='VmRSS'):
        """In MiB."""
        return int(self.read('status').split(f'{key}:')[1].split()[0]) / 1024

    def said(self):
        with open(self.log, encoding='utf-8') as log:
            return log.read()[-1000:]

    def alive(self):
        return self.process.poll() is None

    def ask(self, *words):
        """A command that the daemon answers."""
        return subprocess.run([*self.command, *words], capture_output=True, check=False)

    def stop(self):
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        return status
