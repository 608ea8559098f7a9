"""From the theory to source code that a person can read.

theory objects -> :mod:`~symmomentum.codegen.numerics` (which form loses least) -> a straight-line
:class:`~symmomentum.codegen.program.Program` -> one module per target (how it is written down).

To add a quantity, add a method to the maker in ``numerics.py`` and an entry to its ``QUANTITIES``. To add a target,
write a module with a :class:`~symmomentum.codegen.source.Printer` and enter it in ``TARGETS`` of ``evaluator.py``.
``python -m symmomentum.codegen`` rewrites the committed modules of :mod:`symmomentum.evaluators`.
"""

from symmomentum.codegen.evaluator import TARGETS, Evaluator, evaluator, module_source, source
from symmomentum.codegen.numerics import QUANTITIES, Theory

__all__ = ["QUANTITIES", "TARGETS", "Evaluator", "Theory", "evaluator", "module_source", "source"]
