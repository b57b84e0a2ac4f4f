"""A peer of a message bus, byte by byte: what a client library would refuse to send can be sent.

peer.py own NAME          be NAME, print "owned", answer every call with "pong"
peer.py names BEGIN       connect with BEGIN (its escapes are read) for the line that ends the
                          authentication, and print the names that the bus lists
peer.py smuggle BEGIN     the same, and say that nothing more comes, so that who waits for a better
                          end of the authentication hangs up
"""
import os
import socket
import struct
import sys

BUS = "org.freedesktop.DBus"


def string(text):
    return struct.pack("<I", len(text)) + text.encode() + b"\0"


def pad(data, to):
    return data + bytes(-len(data) % to)


def message(kind, serial, fields, body=b"", signature=""):
    if signature:
        fields = fields + [(8, "g", signature)]
    head = b""
    for code, of, value in fields:
        head = pad(head, 8) + bytes([code, 1]) + of.encode() + b"\0"
        if of == "g":
            head += bytes([len(value)]) + value.encode() + b"\0"
        elif of == "u":
            head = pad(head, 4) + struct.pack("<I", value)
        else:
            head = pad(head, 4) + string(value)
    fixed = struct.pack("<cBBBIII", b"l", kind, 0, 1, len(body), serial, len(head))
    return pad(fixed + head, 8) + body


def call(serial, member, body=b"", signature=""):
    fields = [(1, "o", "/org/freedesktop/DBus"), (2, "s", BUS), (3, "s", member), (6, "s", BUS)]
    return message(1, serial, fields, body, signature)


def receive(stream):
    head = stream.read(16)
    if len(head) < 16:
        sys.exit("the bus hung up")
    body, serial, length = struct.unpack("<III", head[4:16])
    fields = stream.read(-(-length // 8) * 8)[:length]
    return head[1], serial, fields, stream.read(body)


def text_field(fields, code):
    """The text of a header field; good enough for what a bus sends."""
    at = 0
    while at < len(fields):
        at = -(-at // 8) * 8
        of, kind = fields[at], fields[at + 2 : at + 3]
        at += 4
        if kind == b"g":
            value = fields[at + 1 : at + 1 + fields[at]]
            at += 2 + fields[at]
        elif kind == b"u":
            at = -(-at // 4) * 4
            value, at = struct.unpack_from("<I", fields, at)[0], at + 4
        else:
            at = -(-at // 4) * 4
            length = struct.unpack_from("<I", fields, at)[0]
            value, at = fields[at + 4 : at + 4 + length], at + 5 + length
        if of == code:
            return value
    return None


def connect(begin):
    address = os.environ["DBUS_SESSION_BUS_ADDRESS"].split("path=")[1].split(",")[0]
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    uid = str(os.getuid()).encode().hex()
    connection.sendall(b"\0AUTH EXTERNAL " + uid.encode() + b"\r\n")
    connection.recv(1024)
    connection.sendall(begin)
    connection.sendall(call(1, "Hello"))
    return connection, connection.makefile("rb")


def reply_to(stream, wanted):
    while True:
        kind, _, fields, body = receive(stream)
        if kind in (2, 3) and text_field(fields, 5) == wanted:
            return kind, body


def own(name):
    connection, stream = connect(b"BEGIN\r\n")
    connection.sendall(call(2, "RequestName", pad(string(name), 4) + struct.pack("<I", 0), "su"))
    reply_to(stream, 2)
    print("owned", flush=True)
    serial = 3
    while True:
        kind, of, fields, _ = receive(stream)
        if kind == 1:
            sender = text_field(fields, 7).decode()
            answer = [(5, "u", of), (6, "s", sender)]
            connection.sendall(message(2, serial, answer, string("pong"), "s"))
            serial += 1


def names(begin, ends=False):
    connection, stream = connect(begin.encode().decode("unicode_escape").encode())
    connection.sendall(call(2, "ListNames"))
    if ends:
        connection.shutdown(socket.SHUT_WR)
    _, body = reply_to(stream, 2)
    at = 4
    while at < len(body):
        at = -(-at // 4) * 4
        length = struct.unpack_from("<I", body, at)[0]
        print(body[at + 4 : at + 4 + length].decode())
        at += 5 + length


def smuggle(begin):
    names(begin, ends=True)


{"own": own, "names": names, "smuggle": smuggle}[sys.argv[1]](sys.argv[2])
