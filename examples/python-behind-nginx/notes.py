"""Keeps a few notes for each visitor, in memory.

It knows nothing of tokens: nginx asks Gangway who the visitor is, and says so in headers. So it listens on loopback, where
nginx alone reaches it, and refuses whatever comes without an identity. Python 3.9 or later, and nothing else.
"""

import json
import os
import threading
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY_BYTES_MAX = 4096
VISITORS_MAX = 10_000

notes_by_visitor = OrderedDict()  # the visitor who came longest ago is first
lock = threading.Lock()


class Notes(BaseHTTPRequestHandler):
    # One request for each connection. What a request brings that is not read, such as a body of a GET, would otherwise be taken
    # for the next one, with whatever identity a visitor wrote into it.
    protocol_version = "HTTP/1.0"
    timeout = 10  # seconds, for a client that does not send what it announced

    def do_GET(self):
        visitor = self.visitor()
        if visitor is not None:
            with lock:
                self.answer(200, {"visitor": visitor, "notes": list(notes_by_visitor.get(visitor, []))})

    def do_POST(self):
        visitor = self.visitor()
        if visitor is None:
            return
        text = self.text()
        if text is None:
            self.answer(400, {"message": "Send {\"text\": \"…\"} of at most 4 KiB."})
            return
        with lock:
            notes = notes_by_visitor.setdefault(visitor, [])
            notes_by_visitor.move_to_end(visitor)
            if len(notes_by_visitor) > VISITORS_MAX:
                notes_by_visitor.popitem(last=False)
            # The deployment says how many a visitor may have; the token carries it, and nobody could have altered it.
            if len(notes) >= self.grant("notes").get("notesMax", 0):
                self.answer(403, {"message": "You have as many notes as you may have."})
                return
            notes.append(text)
            self.answer(201, {"visitor": visitor, "notes": list(notes)})

    def visitor(self):
        """The identity that nginx was told, or None once the request is refused."""
        said = self.headers.get_all("X-Gangway-Identity", [])
        if self.path == "/notes" and len(said) == 1 and said[0] and self.grant("notes"):
            return said[0]
        self.close_connection = True
        self.answer(404 if self.path != "/notes" else 403, {"message": "Nothing for you here."})
        return None

    def grant(self, name):
        """What the visitor may do, as the deployment declares it; empty where it may not."""
        grants = json.loads(self.headers.get("X-Gangway-Grants") or "[]")
        return next((grant for grant in grants if grant["grant"] == name), {})

    def text(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            return None
        try:
            text = json.loads(self.rfile.read(int(length)))["text"]
        except (ValueError, KeyError, TypeError):
            return None
        return text if isinstance(text, str) and text else None

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(os.environ.get("BACKEND_PORT", "8001"))
    ThreadingHTTPServer(("127.0.0.1", port), Notes).serve_forever()
