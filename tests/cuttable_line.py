"""A line to a server that can be cut and mended, as a phone's is in a lift."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class CuttableLine:
    """Passes bytes on to a server of this machine, and back.

    Args:
        to: the server's URL.

    Attributes:
        url: where the line listens.
    """

    def __init__(self, to: str) -> None:
        self.url = ""
        self._port = urlsplit(to).port
        self._is_up = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()

    def cut(self) -> None:
        """Breaks what is open; what comes next is refused, until it is mended."""
        self._is_up = False
        self._loop.call_soon_threadsafe(self._break)

    def mend(self) -> None:
        """Passes on again what comes next."""
        self._is_up = True

    def _break(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _run(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._over.wait()
        server.close()
        self._break()

    async def _pass_on(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if not self._is_up:
            back.transport.abort()
            return
        far, on = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {back, on}
        self._writers |= ends
        try:
            await asyncio.gather(_copy(near, on), _copy(far, back))
        finally:
            self._writers -= ends


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65_536):
            target.write(piece)
            await target.drain()
    except ConnectionError:
        pass  # cut, or its other end left
    finally:
        target.close()


@contextmanager
def cuttable_line(to: str) -> Iterator[CuttableLine]:
    """A line to a server of this machine, for a while.

    Args:
        to: the server's URL.
    """
    line = CuttableLine(to)
    thread = threading.Thread(target=lambda: asyncio.run(line._run()), daemon=True)
    thread.start()
    assert line._ready.wait(10), "the line did not come up"
    try:
        yield line
    finally:
        line._loop.call_soon_threadsafe(line._over.set)
        thread.join(10)
    assert not thread.is_alive(), "the line did not end"
