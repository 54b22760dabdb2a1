"""An SMTP server that does as little as it can, a process of its own: `python -m tests.benchmarks.quick_sink`.

It says its port, takes every letter without keeping it, and ends when its input does.
"""

from __future__ import annotations

import os
import socket
import sys
import threading

ANSWERS = {b"EHLO": b"250 sink\r\n", b"HELO": b"250 sink\r\n", b"QUIT": b"221 bye\r\n"}


def talk(connection: socket.socket) -> None:
    """One session, until the client has said goodbye."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as said:
        connection.sendall(b"220 sink\r\n")
        while verb := said.readline()[:4].upper():
            if verb == b"DATA":
                connection.sendall(b"354 go on\r\n")
                while said.readline() != b".\r\n":
                    pass
                connection.sendall(b"250 taken\r\n")
            else:
                connection.sendall(ANSWERS.get(verb, b"250 ok\r\n"))
            if verb == b"QUIT":
                return


def main() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    while True:
        connection, _ = server.accept()
        threading.Thread(target=talk, args=(connection,), daemon=True).start()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
