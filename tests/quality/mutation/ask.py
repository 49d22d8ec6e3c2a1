"""Ends with what the process behind a socket answers: 0 if all is judged as before, else 1."""

from __future__ import annotations

import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    sys.exit(int(connection.recv(1) or b"1"))
