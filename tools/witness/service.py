"""A witness of ledgers, over HTTPS: as small as one can be, for the tests, and to begin one's own with.

    service.py FOLDER CERTIFICATE KEY TOKEN_FILE PORT ADDRESS_FILE

`POST /NAME.head` with `Authorization: Bearer TOKEN` keeps a head behind those that were kept before, in FOLDER/NAME.head; `GET` shows the last
one. Nothing is ever taken back. It ends when its input does.
"""

import hmac
import os
import re
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder, certificate, key, token_file, port, address_file = sys.argv[1:]
with open(token_file, encoding="utf-8") as file:
    expected = "Bearer " + file.read().strip()
turn = threading.Lock()


class Witness(BaseHTTPRequestHandler):
    def kept(self):
        """The file of the heads that are meant; none where nobody may see it, which is said."""
        if not hmac.compare_digest(self.headers.get("Authorization", ""), expected):
            self.answer(401)
        elif not re.fullmatch(r"/[A-Za-z0-9._+-]+\.head", self.path):
            self.answer(404)
        else:
            return os.path.join(folder, self.path[1:])

    def do_POST(self):
        path = self.kept()
        if path:
            head = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), 65536))
            with turn, open(path, "ab") as file:
                file.write(head + b"\0")
                file.flush()
                os.fsync(file.fileno())
            self.answer(204)

    def do_GET(self):
        path = self.kept()
        if path and os.path.exists(path):
            with turn, open(path, "rb") as file:
                self.answer(200, file.read().split(b"\0")[-2])
        elif path:
            self.answer(404)

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(port)), Witness)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
with open(address_file + ".new", "w", encoding="utf-8") as file:
    file.write(f"https://127.0.0.1:{server.server_address[1]}")
os.rename(address_file + ".new", address_file)
server.serve_forever()
