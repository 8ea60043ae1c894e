"""`cps`, the command of the module: what a user can ask about cards, readers and the programs that use them."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from cryptolib.gestion.arguments import language, parser
from cryptolib.gestion.context import Context
from cryptolib.gestion.exits import Exit
from cryptolib.gestion.failure import Failure
from cryptolib.gestion.words.language import Words


def main() -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # for terminals without the signs
    say = Words(language(sys.argv[1:]))
    options = parser(say).parse_args()
    # Here, as --help and --version end before: it takes longer to import than they take.
    from cryptolib.gestion.screen import Screen

    context = Context(say, Screen(say), options.json)
    try:
        code: Exit = options.run(context, options)
        return code
    except Failure as failure:
        return failure.report(context)
    except KeyboardInterrupt:
        context.screen.line(say("interrupted"))
        return Exit.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
