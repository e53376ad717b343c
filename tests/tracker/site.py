"""A small shop on a web server of its own: another origin than the collector's."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# As strict as a policy can be with a script of another origin: nothing inline, no eval.
POLICY = (
    "default-src 'none'; script-src 'self' {wire}; connect-src {wire}; img-src data:; "
    "form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'"
)
# The page's own script, as the policy allows none in the page.
OWN_SCRIPT = """
document.addEventListener('submit', (submitted) => submitted.preventDefault());
document.addEventListener('click', (clicked) => {
  if (clicked.target.closest('[data-stay]')) clicked.preventDefault();
});
"""


@dataclass
class Site:
    """Pages by path; `{script}` in a page becomes the tag of the tracking script."""

    wire: str
    pages: dict[str, str] = field(default_factory=dict)
    is_strict: bool = True

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, body: str = "", *, head: str, title: str = "Shop") -> None:
        """Serve a page at a path."""
        self.pages[path] = (
            f"<!doctype html><html lang=zh><meta charset=utf-8><title>{title}</title>"
            f"<link rel=icon href=data:,><script src=/own.js></script>{head}<body>{body}"
        )


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            is_script = path == "/own.js"
            text = OWN_SCRIPT if is_script else site.pages.get(path)
            content = (text or "nothing here").encode()
            self.send_response(200 if text is not None else 404)
            kind = "text/javascript" if is_script else "text/html"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            if site.is_strict:
                self.send_header("Content-Security-Policy", POLICY.format(wire=site.wire))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
