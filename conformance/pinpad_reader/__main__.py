"""``python -m conformance.pinpad_reader DRIVER CONTROL OPTIONS``: the program of a keypad, until its input ends.

The first two are the sockets of driver.c and of keypad.py; the options are those of options.py, as JSON.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from conformance.pinpad_reader.options import PinpadOptions
from conformance.pinpad_reader.reader import Reader
from conformance.pinpad_reader.server import Control, DriverConversation, listen


def main() -> None:
    driver, control, options = sys.argv[1:]
    reader = Reader(PinpadOptions(**json.loads(options)))
    listen(Path(driver), socket.SOCK_SEQPACKET, lambda connection: DriverConversation(connection, reader).serve())
    listen(Path(control), socket.SOCK_STREAM, Control(reader).serve)
    sys.stdin.read()


if __name__ == "__main__":
    main()
