"""The entry points of the commands `cps` and `cpgeslux`."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from cryptolib.cli.arguments import language, parser
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.messages.language import Messages


def gestion() -> int:
    """`cpgeslux`: CPS Gestion has this name on Linux, and shortcuts and scripts use it."""
    sys.argv.insert(1, "gestion")
    return main()


def main() -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # for terminals without the symbols
    messages = Messages(language(sys.argv[1:]))
    options = parser(messages).parse_args()
    # Imported here, so that --help and --version answer without it.
    from cryptolib.cli.output import Output

    context = Context(messages, Output(messages), options.json)
    try:
        code: Exit = options.run(context, options)
        return code
    except Failure as failure:
        return failure.report(context)
    except KeyboardInterrupt:
        context.output.line(messages.text("interrupted"))
        return Exit.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
