"""The symbols of the theory and what is assumed of them, declared once.

A parameter of a user's own rule that has no entry here is ``sympy.Symbol(name, real=True)``; see :func:`parameter`.
"""

from __future__ import annotations

import sympy

__all__ = [
    "L",
    "alpha",
    "beta",
    "gamma",
    "delta",
    "eta",
    "k",
    "kappa",
    "lam",
    "lam_im",
    "lam_re",
    "mu",
    "nu",
    "parameter",
    "r",
    "rho",
    "sigma",
]

alpha = sympy.Symbol("alpha", real=True)  #: step size
beta = sympy.Symbol("beta", real=True)  #: momentum
gamma = sympy.Symbol("gamma", real=True)  #: a parameter
delta = sympy.Symbol("delta", real=True)  #: a parameter
eta = sympy.Symbol("eta", real=True)  #: a parameter
nu = sympy.Symbol("nu", real=True)  #: a parameter
lam = sympy.Symbol("lambda", real=True)  #: curvature, one eigenvalue of the Hessian
lam_re = sympy.Symbol("lambda_re", real=True)  #: real part of a complex curvature, one eigenvalue of a game's Jacobian
lam_im = sympy.Symbol("lambda_im", real=True)  #: imaginary part of it
mu = sympy.Symbol("mu", positive=True)  #: least curvature
L = sympy.Symbol("L", positive=True)  #: largest curvature
kappa = sympy.Symbol("kappa", positive=True)  #: condition number L / mu
sigma = sympy.Symbol("sigma", complex=True)  #: eigenvalue of the iteration matrix
rho = sympy.Symbol("rho", nonnegative=True)  #: spectral radius
r = sympy.Symbol("r", real=True)  #: a bound on the spectral radius
k = sympy.Symbol("k", integer=True, nonnegative=True)  #: step


def parameter(name: str) -> sympy.Symbol:
    """The real symbol of a method's parameter.

    >>> parameter("alpha") == alpha
    True
    """
    return sympy.Symbol(name, real=True)
