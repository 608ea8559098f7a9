"""Numbers: the generated functions of every built-in method, one module each.

>>> from symmomentum.evaluators import heavy_ball
>>> float(heavy_ball.rate(0.1, 0.9, 1.0))
0.9486832980505138
"""
