"""Stochastic gradients: what gradient errors of mean zero do to the state, at every step and in the limit.

Noise that is added to the gradient (:mod:`symmomentum.noise.additive`), on one mode or on a whole problem
(:mod:`symmomentum.noise.problem`), and noise in proportion to it (:mod:`symmomentum.noise.mean_square`). No distribution is
assumed: all of this is about means and covariances, and holds for Gaussian errors and for others.
"""

from symmomentum.noise.additive import LossParts, Noise
from symmomentum.noise.lyapunov import noise_lemmas
from symmomentum.noise.mean_square import MeanSquare, mean_square_lemmas
from symmomentum.noise.problem import ProblemNoise, problem_lemmas

__all__ = ["LossParts", "MeanSquare", "Noise", "ProblemNoise", "mean_square_lemmas", "noise_lemmas", "problem_lemmas"]
