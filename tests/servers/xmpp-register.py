#!/usr/bin/python3
"""xmpp-register.py HOST PORT CA DOMAIN USER PASSWORD: in-band registration (XEP-0077) over STARTTLS.

For servers whose files are not ours to write (for Prosody prosody-accounts.py is faster). Prints "registered" and
exits 0, or says on standard error what the server answered and exits 1.
"""
import re
import socket
import ssl
import sys
from xml.sax.saxutils import escape


class Stream:
    def __init__(self, sock, domain):
        self.sock = sock
        self.sock.sendall(f"<?xml version='1.0'?><stream:stream to='{domain}' xmlns='jabber:client' "
                          "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>".encode())
        self.read_until(rb"</stream:features>")

    def read_until(self, pattern):
        data = b""
        while not re.search(pattern, data):
            more = self.sock.recv(65536)
            if not more:
                sys.exit("the server closed the connection: " + data.decode(errors="replace"))
            data += more
        return data.decode()


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    host, port, ca, domain, user, password = sys.argv[1:]
    stream = Stream(socket.create_connection((host, int(port)), 10), domain)
    stream.sock.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    stream.read_until(rb"<proceed[^>]*>")
    context = ssl.create_default_context(cafile=ca)
    stream = Stream(context.wrap_socket(stream.sock, server_hostname=domain), domain)
    stream.sock.sendall(("<iq type='set' id='r'><query xmlns='jabber:iq:register'>"
                         f"<username>{escape(user)}</username><password>{escape(password)}</password></query></iq>").encode())
    answer = stream.read_until(rb"</iq>|<iq[^>]*/>")
    stream.sock.sendall(b"</stream:stream>")
    if not re.search(r"type=['\"]result", answer):
        sys.exit("refused: " + answer)
    print("registered")


if __name__ == "__main__":
    main()
