# A client and a service of a message bus, with nothing but the language's own library, so that what is
# sent can be anything. Words: `serve NAME` has a name and answers every call; `ask WORD...` does one thing
# for each word and prints what became of it.
import os, socket, struct, sys

BUS, ROOT = 'org.freedesktop.DBus', '/org/freedesktop/DBus'


def padded(data, to):
    return data + b'\0' * (-len(data) % to)


def text(word):
    return struct.pack('<I', len(word)) + word.encode() + b'\0'


class Bus:
    def __init__(self):
        self.serial = 0
        address = os.environ['DBUS_SESSION_BUS_ADDRESS'].split(';')[0]
        kind, path = address.split(',')[0].split('=')
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect('\0' + path if kind == 'unix:abstract' else path)
        identity = str(os.getuid()).encode().hex()
        self.socket.sendall(b'\0AUTH EXTERNAL ' + identity.encode() + b'\r\n')
        self.line()
        self.socket.sendall(b'BEGIN\r\n')
        self.name = self.call(BUS, 'Hello')

    def line(self):
        line = b''
        while not line.endswith(b'\r\n'):
            line += self.exactly(1)
        return line

    def exactly(self, count):
        data = b''
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError('the bus has closed the connection')
            data += more
        return data

    def send(self, kind, fields, signature='', body=b''):
        self.serial += 1
        if signature:
            fields = fields + [(8, 'g', signature)]
        array = b''
        for code, form, value in fields:
            array = padded(array, 8) + bytes([code, 1]) + form.encode() + b'\0'
            if form == 'u':
                array = padded(array, 4) + struct.pack('<I', value)
            elif form == 'g':
                array += bytes([len(value)]) + value.encode() + b'\0'
            else:
                array = padded(array, 4) + text(value)
        head = struct.pack('<BBBBIII', ord('l'), kind, 0, 1, len(body), self.serial, len(array))
        self.socket.sendall(padded(head + array, 8) + body)
        return self.serial

    def read(self):
        head = self.exactly(16)
        kind, length, _, fields = head[1], *struct.unpack('<III', head[4:])
        data = self.exactly(fields + -fields % 8)
        found, at = {'kind': kind, 'serial': struct.unpack('<I', head[8:12])[0]}, 0
        while at < fields:
            at += -at % 8
            code, form = data[at], chr(data[at + 2])
            at += 4
            if form == 'g':
                size = data[at]
                found[code] = data[at + 1:at + 1 + size].decode()
                at += size + 2
                continue
            at += -at % 4
            number, = struct.unpack_from('<I', data, at)
            at += 4
            if form == 'u':
                found[code] = number
            else:
                found[code] = data[at:at + number].decode()
                at += number + 1
        found['body'] = self.exactly(length)
        return found

    def call(self, name, member, signature='', body=b'', interface=None):
        path = ROOT if name == BUS else '/x'
        interface = interface or (BUS if name == BUS else 'x.Y')
        serial = self.send(1, [(1, 'o', path), (2, 's', interface), (3, 's', member), (6, 's', name)],
                           signature, body)
        while True:
            message = self.read()
            if message['kind'] == 4 and message[2] == 'x.Y':
                print('heard', message[3], flush=True)
            if message.get(5) != serial:
                continue
            if message['kind'] == 3:
                return message[4].rpartition('.')[2]
            body = message['body']
            if message.get(8) == 's':
                return body[4:-1].decode()
            if message.get(8) == 'u':
                return str(struct.unpack('<I', body)[0])
            if message.get(8) == 'as':
                return ' '.join(name for name in strings(body[4:]) if not name.startswith(':'))
            return 'done'


def strings(body):
    at = 0
    while at < len(body):
        at += -at % 4
        size, = struct.unpack_from('<I', body, at)
        yield body[at + 4:at + 4 + size].decode()
        at += 4 + size + 1


def ask(bus, word):
    what, _, name = word.partition('=')
    named = padded(text(name), 4)
    if what == 'call':
        return bus.call(name, 'Call')
    if what == 'own':
        return bus.call(BUS, 'RequestName', 'su', named + struct.pack('<I', 4))
    if what == 'start':
        return bus.call(BUS, 'StartServiceByName', 'su', named + struct.pack('<I', 0))
    if what in ('GetNameOwner', 'GetConnectionUnixProcessID'):
        found = bus.call(BUS, what, 's', text(name))
        return 'told' if found.isdigit() or found.startswith(':') else found
    if what == 'ListNames':
        return bus.call(BUS, what)
    if what == 'match':
        return bus.call(BUS, 'AddMatch', 's', text(name))
    if what == 'monitor':
        return bus.call(BUS, 'BecomeMonitor', 'asu', struct.pack('<II', 0, 0), BUS + '.Monitoring')
    if what == 'environment':
        entry = padded(text('LD_PRELOAD'), 4) + text('/x')
        body = struct.pack('<I', len(entry)).ljust(8, b'\0') + entry
        return bus.call(BUS, 'UpdateActivationEnvironment', 'a{ss}', body)
    if what == 'wait':
        print('ready', flush=True)
        return sys.stdin.readline().strip()
    raise ValueError(what)


def serve(bus, name):
    print(ask(bus, 'own=' + name), bus.name, flush=True)
    while True:
        message = bus.read()
        if message['kind'] == 1:
            member = name.rpartition('.')[2]
            bus.send(4, [(1, 'o', '/x'), (2, 's', 'x.Y'), (3, 's', member)])
            reply = [(5, 'u', message['serial']), (6, 's', message[7])]
            bus.send(2, reply, 's', text('answered'))


bus = Bus()
if sys.argv[1] == 'serve':
    serve(bus, sys.argv[2])
for word in sys.argv[2:]:
    try:
        print(word, ask(bus, word), flush=True)
    except (EOFError, OSError) as error:
        print(word, error, flush=True)
        bus = Bus()
