"""cvc5 in a process of its own, for it does not always keep its time limit and could not be stopped otherwise.

Run as a script by :mod:`symmomentum.proof.smt`. Each line of the input is a JSON object with the name, the text and the
options of a query; each line of the output is a JSON string, what cvc5 printed last.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

__all__ = ["answer"]


def answer(name: str, text: str, options: Mapping[str, str]) -> str:
    """What cvc5 says to the last command of an SMT-LIB 2 text: ``sat``, ``unsat`` or a reason why neither."""
    import cvc5

    solver = cvc5.Solver()
    for key, value in options.items():
        solver.setOption(key, value)
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, name)
    output = ""
    while not (command := parser.nextCommand()).isNull():
        output = str(command.invoke(solver, parser.getSymbolManager())).strip()
    return output


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)
