"""``python -m conformance.virtual_card --card cps4 --port 35963``: a card in the vpcd reader of a running pcscd."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from conformance.virtual_card.control import Control
from conformance.virtual_card.exchange_log import ExchangeLog
from conformance.virtual_card.identity import DOCTOR, HOLDERS, card_name
from conformance.virtual_card.latency import checked
from conformance.virtual_card.profiles import INSERTABLE
from conformance.virtual_card.server import Reader, Server

VPCD_PORT = 35963


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.virtual_card", description="A CPS in software.")
    parser.add_argument("--card", choices=INSERTABLE, required=True)
    parser.add_argument(
        "--holder", choices=(DOCTOR, *HOLDERS), default=DOCTOR, help="whose it is (default %(default)s)"
    )
    parser.add_argument("--port", type=int, default=VPCD_PORT, help="port of the vpcd slot (default %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="where vpcd listens (default %(default)s)")
    parser.add_argument("--state", type=Path, help="JSON file that remembers PINs, counters and CPS_DATA")
    parser.add_argument("--log", type=Path, help="file that gets one line per exchange, codes masked")
    parser.add_argument("--latency", type=checked, default="none", help="byte=MS,apdu=MS,rsa=MS,reset=MS or realistic")
    parser.add_argument("--fault", action="append", default=[], metavar="SPEC", help="scripted fault; may be repeated")
    parser.add_argument("--variation", action="append", default=[], metavar="SPEC", help="see variations.py")
    parser.add_argument("--control", type=Path, metavar="SOCKET", help="Unix socket that takes commands while running")
    parser.add_argument("--out", action="store_true", help="start with the card out of the reader")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    return parser


def main() -> None:
    parser = _parser()
    options = parser.parse_args()
    reader = Reader((options.host, options.port), ExchangeLog(options.log), options.latency, options.state)
    try:
        for spec in options.fault:
            reader.faults.add(spec)
        reader.insert(card_name(options.card, options.holder))
        if options.variation:
            reader.vary(*options.variation)
    except ValueError as error:
        parser.error(str(error))
    if options.out:
        reader.remove()
    server = Server(reader, options.control, Control(reader).execute)
    if options.stop_with_stdin:
        server.stop_at_end_of(sys.stdin.fileno())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()


if __name__ == "__main__":
    main()
