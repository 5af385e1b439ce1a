"""An engine that answers the same to everybody, over HTTP as real ones do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from scripted_model import reading

TEXT = "The Nike Structure 25 costs $110."
UNDERSTOOD = reading("search", ("running shoes", "category", "=", "Running shoes"))
_USAGE = {
    "prompt_tokens": 500,
    "completion_tokens": 20,
    "total_tokens": 520,
    "prompt_tokens_details": {"cached_tokens": 400},
}


class TinyEngine(BaseHTTPRequestHandler):
    """Speaks enough of the OpenAI protocol: one model, one reading, one text."""

    bodies: ClassVar[list[dict[str, Any]]] = []
    dies_after: ClassVar[int | None] = None
    garbage: ClassVar[bool] = False

    def do_GET(self) -> None:
        self._send("application/json", json.dumps({"data": [{"id": "tiny", "object": "model"}]}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.dies_after is not None and len(self.bodies) >= self.dies_after:
            self.close_connection = True
            return
        tokens = body.get("max_tokens") or body.get("max_completion_tokens")
        if tokens != 1:  # which is how prompts are warmed up
            self.bodies.append(body)
        text = json.dumps(UNDERSTOOD) if "response_format" in body else TEXT
        if self.garbage:
            self._send("text/event-stream", "data: <html>no model here</html>\n\n")
            return
        base = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "tiny"}
        delta = {"role": "assistant", "content": text}
        chunks = [
            base | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            base | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            base | {"choices": [], "usage": _USAGE},
        ]
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        self._send("text/event-stream", "".join([*lines, "data: [DONE]\n\n"]))

    def _send(self, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def tiny_engine() -> Iterator[str]:
    """One that runs, by its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), TinyEngine) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()
