"""Stochastic gradients: what gradient errors of mean zero do to the state, at every step and in the limit.

Noise that is added to the gradient (:mod:`symmomentum.noise.additive`), on one mode, at exact numbers
(:mod:`symmomentum.noise.mode`), or on a whole problem (:mod:`symmomentum.noise.problem`), and noise in proportion to it
(:mod:`symmomentum.noise.mean_square`). What is lost in rate for what is gained in noise is in :mod:`symmomentum.noise.tradeoff`
and :mod:`symmomentum.noise.best`; decreasing step sizes are in :mod:`symmomentum.noise.decreasing`. No distribution is
assumed: all of this is about means and covariances, and holds for Gaussian errors and for others.
"""

from symmomentum.noise.additive import LossParts, Noise
from symmomentum.noise.best import BestStep, Found, best_after, best_step, quietest
from symmomentum.noise.decreasing import decreasing_limit, decreasing_loss
from symmomentum.noise.lyapunov import noise_lemmas
from symmomentum.noise.mean_square import MeanSquare, mean_square_lemmas
from symmomentum.noise.mode import Crossover, Enclosed, Mode, Parts, on_mode
from symmomentum.noise.problem import ProblemNoise, problem_lemmas
from symmomentum.noise.tradeoff import (
    MomentumEffect,
    best_rate,
    effective_step,
    frontier,
    momentum_effect,
    tradeoff_claims,
)

__all__ = [
    "BestStep",
    "Crossover",
    "Enclosed",
    "Found",
    "LossParts",
    "MeanSquare",
    "Mode",
    "MomentumEffect",
    "Noise",
    "Parts",
    "ProblemNoise",
    "best_after",
    "best_rate",
    "best_step",
    "decreasing_limit",
    "decreasing_loss",
    "effective_step",
    "frontier",
    "mean_square_lemmas",
    "momentum_effect",
    "noise_lemmas",
    "on_mode",
    "problem_lemmas",
    "quietest",
    "tradeoff_claims",
]
