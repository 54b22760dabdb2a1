"""An SMTP server of a few lines of asyncio, a process of its own: `python -m tests.benchmarks.quick_sink`.

It says its port, takes every letter without keeping it, and ends when its input does.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading

ANSWERS = {b"EHLO": b"250 sink\r\n", b"HELO": b"250 sink\r\n", b"QUIT": b"221 bye\r\n"}


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One session, until the client has said goodbye."""
    writer.write(b"220 sink\r\n")
    while verb := (await reader.readline())[:4].upper():
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 taken\r\n")
        else:
            writer.write(ANSWERS.get(verb, b"250 ok\r\n"))
        if verb == b"QUIT":
            break
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    await server.serve_forever()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
