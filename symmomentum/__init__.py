"""Write an optimizer's update rule once. Get its theory proved, its derivation typeset.

The public names are loaded when they are first used, so that importing the package is cheap.

>>> import symmomentum as sm
>>> sm.analyze("heavy-ball").stability.region
(beta < 1) & (alpha*lambda > 0) & (alpha*lambda < 2*beta + 2)
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Analysis": "analysis",
    "ArgumentError": "errors",
    "Claim": "claims",
    "ClaimError": "errors",
    "Derivation": "documents",
    "Estimate": "simulation",
    "Extracted": "extraction",
    "Method": "update_rule",
    "MethodError": "errors",
    "MethodTypeError": "errors",
    "NotDerivedError": "errors",
    "OutputError": "errors",
    "Simulation": "simulation",
    "StateSpace": "state_space",
    "SymmomentumError": "errors",
    "Tuning": "tuning",
    "UnknownNameError": "errors",
    "Verdict": "claims",
    "analyze": "analysis",
    "article": "",
    "bounds": "",
    "catalog": "methods",
    "check": "proof",
    "documents": "",
    "extract": "extraction",
    "figures": "",
    "method": "update_rule",
    "problems": "",
    "simulate": "simulation",
    "symbols": "",
}
"""Each public name and the module that it comes from; an empty one means that the name is a module itself."""

__all__ = [
    "__version__",
    "Analysis",
    "ArgumentError",
    "Claim",
    "ClaimError",
    "Derivation",
    "Estimate",
    "Extracted",
    "Method",
    "MethodError",
    "MethodTypeError",
    "NotDerivedError",
    "OutputError",
    "Simulation",
    "StateSpace",
    "SymmomentumError",
    "Tuning",
    "UnknownNameError",
    "Verdict",
    "analyze",
    "article",
    "bounds",
    "catalog",
    "check",
    "documents",
    "extract",
    "figures",
    "method",
    "problems",
    "simulate",
    "symbols",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symmomentum' has no attribute {name!r}")
    home = _HOMES[name]
    module = import_module(f"symmomentum.{home or name}")
    value = getattr(module, name) if home else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
