"""An update rule, written once: run on arrays it is the optimizer, traced on symbols it is the theory.

A rule is a plain function ``rule(state..., grad, *, parameters)`` that returns the new state. The state variable ``w`` is the
iterate; ``grad`` may be called any number of times.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, SupportsIndex

from symmomentum.errors import ArgumentError, MethodError, MethodTypeError, nearest

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LinearSystem", "Method", "Preset", "Relation", "Schedule", "method"]

ITERATE = "w"
ORACLE = "grad"
RESERVED = ("lam", "lambda", "mu", "L", "kappa", "sigma", "rho", "r", "k", "steps", "w0")
"""Names that the theory or :meth:`Method.run` uses, so that no rule may have a parameter of that name."""

_MEANINGS = {"alpha": "step size", "beta": "momentum"}
"""Of parameters, unless a method says otherwise."""


@dataclass(frozen=True)
class LinearSystem:
    r"""What a rule does to its state, as a linear system whose inputs are the gradients it asks for.

    With state :math:`s`, gradients :math:`u = (u_1, \ldots, u_c)` in the order of the calls and the points :math:`y` at which
    they are taken,

    .. math:: s^+ = A s + B u, \qquad y = C s + D u,

    where :math:`D` is strictly lower triangular, for a gradient can depend on earlier ones only. Nothing here depends on the
    objective.

    Attributes
    ----------
    A, B, C, D : sympy.ImmutableMatrix
        Of shapes (s, s), (s, c), (c, s), (c, c), in the method's parameters.
    rest : sympy.ImmutableMatrix
        Shape (s, 1): the state at rest at w = 1.
    pull : expression
        The gradient that keeps it at rest: 0, or for a regularized rule with decay :math:`\gamma` its opposite.
    """

    A: Any
    B: Any
    C: Any
    D: Any
    rest: Any
    pull: Any = 0


@dataclass(frozen=True)
class Relation:
    """A method seen as another one: with these parameters, that one has the same characteristic polynomial, up to powers of
    sigma where the numbers of states differ.

    Attributes
    ----------
    to : str
        The other method's name in the catalog.
    parameters : callable
        From this method's parameters, as keywords, to a mapping of all of the other's.
    shift : callable or None
        From the same to what is added to the curvature there, as a decay does.
    """

    to: str
    parameters: Callable[..., Mapping[str, Any]]
    shift: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Preset:
    """Parameters that a paper proposes, and the rate that they are claimed to have on quadratics.

    Both are functions of ``mu``, ``L``, a square root for numbers of their kind (``math.sqrt``, ``sympy.sqrt``) and, by name,
    of the design parameters.

    Parameters
    ----------
    name : str
        One word or a few with hyphens.
    cite : str
        Where they come from.
    parameters : callable
        To a mapping of all of the method's parameters.
    rate : callable
        To the worst rate of one step, which they attain.
    design : mapping of str to callable
        What is still to be chosen, and from the same arguments the (least, largest) value of each.
    intervals : callable or None
        To the (lower, upper) ends of the intervals that hold the spectrum; [mu, L] where there is none.
    note : str
        On what they are for.
    """

    name: str
    cite: str
    parameters: Callable[..., Mapping[str, Any]]
    rate: Callable[..., Any]
    design: Mapping[str, Callable[..., tuple[Any, Any]]] = field(default_factory=dict, hash=False)
    intervals: Callable[..., tuple[tuple[Any, Any], ...]] | None = None
    note: str = ""


@dataclass(frozen=True)
class Schedule:
    """Parameters that depend on the step.

    Parameters
    ----------
    given : tuple of str
        What the schedule is made from, such as ``("mu", "L")``: the arguments of :meth:`Method.run` in place of the parameters.
    values : callable
        From those, by name, to an iterator over the parameters of step 0, 1, ..., which ends never.
    """

    given: tuple[str, ...]
    values: Callable[..., Iterator[Mapping[str, Any]]]


@dataclass(frozen=True)
class Method:
    """A linear first-order method, given by its update rule.

    Make one with the decorator :func:`method`.

    Attributes
    ----------
    rule : callable
        The update rule.
    name : str
        Such as ``"heavy-ball"``.
    state : tuple of str
        The state variables in the rule's order; one of them is ``"w"``, the iterate.
    parameters : tuple of str
        The rule's keyword parameters.
    cite : str
        A key of :data:`symmomentum.references.REFERENCES`, or any text.
    note : str
        On conventions.
    regularized : bool
        Whether the rule holds a decay, so that it goes to a minimizer of f plus a multiple of ``|w|^2``, and not of f.
    meanings : mapping of str to str
        What the parameters are, in a word or two; alpha is a step size and beta a momentum unless it says otherwise.
    relations : tuple of Relation
        How it relates to other methods.
    presets : tuple of Preset
        Published parameters.
    schedule : Schedule or None
        How the parameters change from step to step, where they do.
    """

    rule: Callable[..., Any]
    name: str
    state: tuple[str, ...]
    parameters: tuple[str, ...]
    cite: str = ""
    note: str = ""
    regularized: bool = False
    meanings: Mapping[str, str] = field(default_factory=dict, hash=False)
    relations: tuple[Relation, ...] = ()
    presets: tuple[Preset, ...] = ()
    schedule: Schedule | None = None

    @classmethod
    def from_rule(
        cls,
        rule: Callable[..., Any],
        *,
        cite: str = "",
        note: str = "",
        name: str | None = None,
        regularized: bool = False,
        meanings: Mapping[str, str] | None = None,
        relations: Iterable[Relation] = (),
        presets: Iterable[Preset] = (),
        schedule: Schedule | None = None,
    ) -> Method:
        """Read a rule's signature; what the rule computes is looked at when its theory is first asked for.

        Raises
        ------
        MethodTypeError
            (a ``TypeError``) If the signature is not ``rule(state..., grad, *, parameters)``.
        MethodError
            If the name cannot be written in one line of a document.
        """
        if not callable(rule):
            raise MethodTypeError(f"an update rule is a function; given {rule!r}")
        label = name or getattr(rule, "__name__", "rule").replace("_", "-")
        if not label.isprintable() or set(label) & set("\"'\\"):
            raise MethodError(f"a method's name is one line without quotation marks and backslashes; given {label!r}")
        form = "rule(state..., w, grad, *, parameters)"
        positional: list[str] = []
        keyword: list[str] = []
        try:
            signature = inspect.signature(rule)
        except ValueError:
            raise MethodTypeError(f"{label}: its signature cannot be read; expected the form {form}") from None
        for p in signature.parameters.values():
            if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
                raise MethodTypeError(f"{label}: the rule takes *{p.name}; expected the form {form}")
            (keyword if p.kind is p.KEYWORD_ONLY else positional).append(p.name)
        if not positional or positional[-1] != ORACLE:
            raise MethodTypeError(f"{label}: the last positional argument must be {ORACLE!r}; expected the form {form}")
        state = tuple(positional[:-1])
        if ITERATE not in state:
            raise MethodTypeError(
                f"{label}: no state variable is called {ITERATE!r}, the iterate; expected the form {form}"
            )
        for p_name in keyword:
            if p_name.strip("_") in RESERVED:  # lambda_ too would be typeset as the curvature
                raise MethodTypeError(
                    f"{label}: the name {p_name!r} has a meaning of its own here; rename that parameter"
                )
        return cls(
            rule=rule,
            name=label,
            state=state,
            parameters=tuple(keyword),
            cite=cite,
            note=note,
            regularized=regularized,
            meanings={n: m for n, m in {**_MEANINGS, **(meanings or {})}.items() if n in keyword},
            relations=tuple(relations),
            presets=tuple(presets),
            schedule=schedule,
        )

    # As an optimizer ------------------------------------------------------------------------------------------------

    def __call__(self, *arguments: Any, **parameters: Any) -> Any:
        """One step: ``m(state..., grad, **parameters)`` returns what the rule returns."""
        self._check_parameters(parameters)
        if len(arguments) != len(self.state) + 1:
            raise MethodTypeError(
                f"{self.name}: expected {', '.join(self.state)}, {ORACLE} as positional arguments; given {len(arguments)}"
            )
        return self.rule(*arguments, **parameters)

    def run(self, grad: Callable[[Any], Any], w0: Any, steps: SupportsIndex, **parameters: Any) -> np.ndarray:
        """Run the rule from rest.

        At rest the state stays where it is as long as the gradient vanishes: velocities are 0, earlier iterates equal w0.

        Parameters
        ----------
        grad : callable
            Maps an array of the shape of ``w0`` to the gradient there, of the same shape.
        w0 : array_like
            The initial iterate, of any shape.
        steps : int
            How many steps to take.
        **parameters
            The method's parameters, or what its schedule is made from.

        Returns
        -------
        ndarray of shape ``(steps + 1, *w0.shape)``
            The iterates w^0 ... w^steps.

        Raises
        ------
        MethodTypeError
            (a ``TypeError``) If a parameter is missing or unknown.
        ArgumentError
            (a ``ValueError``) If ``steps`` is not a non-negative integer.
        MethodError
            (a ``ValueError``) If the gradient or the rule changes the shape, or the rule has no state at rest.

        Examples
        --------
        >>> from symmomentum.methods import catalog
        >>> catalog["gradient-descent"].run(lambda w: 2.0 * w, [1.0], 3, alpha=0.25)
        array([[1.   ],
               [0.5  ],
               [0.25 ],
               [0.125]])
        """
        import numpy as np  # here, because deriving theory needs no arrays

        if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 0:
            raise ArgumentError(f"{self.name}: steps must be a non-negative integer; given {steps!r}")
        each = self._parameters_of_steps(parameters)
        first = next(each)
        start = np.array(w0, dtype=np.result_type(np.asarray(w0).dtype, np.float32 if _is_float32(w0) else np.float64))
        state = tuple(weight * start for weight in self._numeric_rest(first))
        trajectory = np.empty((int(steps) + 1, *start.shape), dtype=start.dtype)
        trajectory[0] = start

        def oracle(point: Any) -> Any:
            value = np.array(grad(np.array(point)))  # neither is the caller's to change, nor the rule's
            if value.shape != start.shape:
                raise MethodError(f"{self.name}: the gradient has shape {value.shape}, the iterate {start.shape}")
            return rebinding(value)

        rebinding = _rebinding_array()
        iterate = self.state.index(ITERATE)
        for i, now in zip(range(int(steps)), itertools.chain([first], each), strict=False):
            state = self._returned(self.rule(*map(rebinding, state), oracle, **now))
            for name, value in zip(self.state, state, strict=True):
                if np.shape(value) != start.shape:
                    raise MethodError(
                        f"{self.name}: the rule returns {name} with shape {np.shape(value)}; expected {start.shape}"
                    )
            trajectory[i + 1] = state[iterate]
        return trajectory

    @functools.cached_property
    def gradient_calls(self) -> int:
        """How many gradients one step takes.

        >>> from symmomentum.methods import catalog
        >>> catalog["extragradient"].gradient_calls, catalog["heavy-ball"].gradient_calls
        (2, 1)
        """
        calls = 0

        def counted(point: Any) -> Any:
            nonlocal calls
            calls += 1
            return point

        try:  # run it, which is quicker than to trace it
            self.rule(*[1.0] * len(self.state), counted, **dict.fromkeys(self.parameters, 0.5))
        except (ArithmeticError, TypeError, ValueError):
            return int(self.trace().B.shape[1])
        return calls

    def _parameters_of_steps(self, given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The parameters of each step: always the given ones, or those of the schedule that is made from what is given."""
        if self.schedule is not None and not set(given) & set(self.parameters) - set(self.schedule.given):
            if missing := [n for n in self.schedule.given if n not in given]:
                raise MethodTypeError(
                    f"{self.name}: missing {', '.join(missing)}, from which its schedule is made (or all of its parameters, "
                    f"which are then constant: {', '.join(self.parameters)})"
                )
            if unknown := [n for n in given if n not in self.schedule.given]:
                raise MethodTypeError(
                    f"{self.name}: unknown parameter {unknown[0]!r}; {nearest(unknown[0], self.schedule.given)}"
                )
            return self.schedule.values(**given)
        self._check_parameters(given)
        return itertools.repeat(given)

    def _numeric_rest(self, parameters: Mapping[str, Any]) -> tuple[float, ...]:
        """The state at rest at w = 1, found by running the rule itself with a gradient that vanishes."""
        import numpy as np

        tolerance = 1e-9

        def step(state: Iterable[Any], pull: float) -> Any:
            """The state after a step in which all gradients are the same, and the points at which they were taken."""
            points = []

            def constant(point: Any) -> Any:
                points.append(float(point))
                return 0 * point + pull

            after = self._returned(self.rule(*map(np.float64, state), constant, **parameters))
            return np.array([*map(float, after), *points])

        size, iterate = len(self.state), self.state.index(ITERATE)

        def rests(state: Iterable[Any], pull: float = 0.0) -> bool:
            expected = np.array([float(x) for x in state])
            after = step(expected, pull)
            aside = np.abs(after - np.append(expected, np.ones(len(after) - size)))
            return bool(aside.max() <= tolerance * max(1, *np.abs(expected)))

        for candidate in _simple_rests(self.state):
            if rests(candidate):
                return tuple(map(float, candidate))
        # The change of the state and the points are linear in the state and in that gradient: 0 and 1 are wanted.
        columns = np.array([step(unit, 0.0) for unit in np.eye(size)])
        columns[:, :size] -= np.eye(size)
        wanted = np.append(np.zeros(size), np.ones(columns.shape[1] - size)) - columns[iterate]
        unknown = np.delete(columns, iterate, axis=0)
        if self.regularized:
            unknown = np.vstack([unknown, step(np.zeros(size), 1.0)])
        rest, pull = np.ones(size), 0.0
        if unknown.size and np.isfinite(unknown).all() and np.isfinite(wanted).all():
            found = np.linalg.lstsq(unknown.T, wanted, rcond=None)[0]
            rest, pull = np.insert(found[: size - 1], iterate, 1.0), found[-1] if self.regularized else 0.0
        if not rests(rest, pull):
            raise MethodError(f"{self.name}: no state is at rest: the state moves although the gradient vanishes")
        return tuple(float(x) for x in rest)

    @property
    def defaults(self) -> dict[str, Any]:
        """The parameters that the rule gives a value itself, and that value."""
        signature = inspect.signature(self.rule).parameters
        return {n: v for n in self.parameters if (v := signature[n].default) is not inspect.Parameter.empty}

    def _check_parameters(self, given: Mapping[str, Any]) -> None:
        for name in given:
            if name not in self.parameters:
                raise MethodTypeError(f"{self.name}: unknown parameter {name!r}; {nearest(name, self.parameters)}")
        defaults = self.defaults
        missing = [n for n in self.parameters if n not in given and n not in defaults]
        if missing:
            raise MethodTypeError(f"{self.name}: missing parameter {', '.join(missing)}")

    def _returned(self, result: Any) -> tuple[Any, ...]:
        values = result if isinstance(result, tuple) else (result,)
        if len(values) != len(self.state):
            raise MethodError(
                f"{self.name}: the rule returns {len(values)} value{'s' * (len(values) != 1)} "
                f"for a state of {len(self.state)} ({', '.join(self.state)})"
            )
        return values

    # As a theory ----------------------------------------------------------------------------------------------------

    def trace(self) -> LinearSystem:
        """Run the rule once on symbols.

        Raises
        ------
        MethodError
            (a ``ValueError``) If the rule is not linear in its state and the gradients, is undefined on symbols, or does not
            keep every point at which the gradient vanishes; the message names the offending term.
        """
        import sympy  # here, so that running a method on arrays loads no SymPy

        from symmomentum.symbols import parameter

        states = [sympy.Symbol(n, real=True) for n in self.state]
        gradients: list[Any] = []
        queries: list[Any] = []
        known = {*states, *map(parameter, self.parameters)}

        def oracle(point: Any) -> Any:
            queries.append(self._expression(point, f"the point of gradient call {len(queries) + 1}", known))
            gradients.append(sympy.Dummy(f"g{len(queries)}", real=True))
            known.add(gradients[-1])
            return gradients[-1]

        try:
            result = self.rule(*states, oracle, **{n: parameter(n) for n in self.parameters})
        except MethodError:
            raise
        except NameError as error:  # whatever it is given
            raise MethodError(f"{self.name}: the rule cannot be run: {error}") from error
        except Exception as error:  # whatever the rule does with a symbol that it cannot
            raise MethodError(
                f"{self.name}: the rule cannot be traced on symbols, so it is not linear in {', '.join(self.state)} or not "
                f"plain arithmetic: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            ) from error
        new = [self._expression(v, n, known) for n, v in zip(self.state, self._returned(result), strict=True)]
        inputs = [*states, *gradients]
        shown: dict[Any, Any] = {}
        for g, q in zip(gradients, queries, strict=True):
            shown[g] = sympy.Function(ORACLE)(q.xreplace(shown))
        rows = [self._linear(f"the new {n}", v, inputs, shown) for n, v in zip(self.state, new, strict=True)]
        points = [self._linear(f"the argument of {ORACLE}", q, inputs, shown) for q in queries]
        s = len(states)
        system = LinearSystem(
            A=sympy.ImmutableMatrix([row[:s] for row in rows]),
            B=sympy.ImmutableMatrix(s, len(gradients), [c for row in rows for c in row[s:]]),
            C=sympy.ImmutableMatrix(len(gradients), s, [c for row in points for c in row[:s]]),
            D=sympy.ImmutableMatrix(len(gradients), len(gradients), [c for row in points for c in row[s:]]),
            rest=None,
        )
        self._replay(system)
        return self._with_rest(system, [q.xreplace(shown) for q in queries])

    def _replay(self, system: LinearSystem) -> None:
        """Run the rule on exact numbers, zeros and ones among them, and see that it does what it did on symbols: an ``if`` on
        a parameter or the state would take one branch only there."""
        import sympy

        from symmomentum.symbols import parameter

        calls = system.D.shape[0]
        plain = {n: sympy.Rational(i + 3, 7) for i, n in enumerate(self.parameters)}
        settings = [plain, *({**plain, n: sympy.Integer(v)} for n in self.parameters for v in (0, 1))]
        size = len(self.state)
        states = [sympy.zeros(size, 1), sympy.Matrix([sympy.Rational(5, i + 2) for i in range(size)])]
        for parameters, state in itertools.product(settings, states):
            answers = sympy.Matrix(calls, 1, lambda i, _: sympy.Rational(i + 2, 3))
            asked: list[Any] = []

            def oracle(point: Any, asked: list[Any] = asked, answers: Any = answers) -> Any:
                asked.append(point)
                return answers[len(asked) - 1]

            values = {parameter(n): v for n, v in parameters.items()}
            try:
                result = self._returned(self.rule(*state, oracle, **parameters))
                expected = [*(system.A * state + system.B * answers), *(system.C * state + system.D * answers)]
                same = len(asked) == calls and all(
                    _agree(got, wanted.xreplace(values))
                    for got, wanted in zip((*result, *asked), expected, strict=True)
                )
            except IndexError:
                same = False  # more gradients than on symbols
            except (ArithmeticError, TypeError, ValueError):
                continue  # not defined at these numbers
            if not same:
                where = ", ".join(f"{n} = {v}" for n, v in (*parameters.items(), *zip(self.state, state, strict=True)))
                raise MethodError(
                    f"{self.name}: the rule does not do the same everywhere (an if on its arguments?): at {where} it is not what "
                    "it is on symbols"
                )

    def _expression(self, value: Any, role: str, known: set[Any]) -> Any:
        import sympy

        if isinstance(value, bool) or not isinstance(value, (int, sympy.Expr)):
            if isinstance(value, float):
                raise MethodError(f"{self.name}: {role} is the floating-point number {value}; write it exactly")
            raise MethodError(f"{self.name}: {role} is not an arithmetic expression of the state: {value!r}")
        expression = sympy.Integer(value) if isinstance(value, int) else value
        for number in expression.atoms(sympy.Float):
            raise MethodError(
                f"{self.name}: {role} holds the floating-point number {float(number)}; make it a parameter or write it as a "
                "fraction of integers, for theory is exact"
            )
        if strange := expression.free_symbols - known:
            raise MethodError(
                f"{self.name}: {role} holds {min(map(str, strange))}, which is neither state nor parameter"
            )
        if expression.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            raise MethodError(f"{self.name}: {role} is undefined, perhaps by a division by zero: {expression}")
        return expression

    def _linear(self, role: str, expression: Any, inputs: list[Any], shown: dict[Any, Any]) -> list[Any]:
        """The coefficients of an expression that must be a linear form in the inputs."""
        import sympy
        from sympy.polys.polyerrors import PolynomialError

        expanded = sympy.expand(expression)
        for term in sympy.Add.make_args(expanded):
            involved = term.free_symbols & set(inputs)
            try:
                degree = sympy.Poly(term, *inputs).total_degree() if involved else 0
            except PolynomialError:
                degree = -1
            if term != 0 and degree != 1:
                name = "not linear" if degree else "constant"
                raise MethodError(
                    f"{self.name}: {role} holds the term {term.xreplace(shown)}, which is {name} in the state and the "
                    f"gradient ({', '.join(self.state)}, {ORACLE})"
                )
        poly = sympy.Poly(expanded, *inputs)
        return [poly.coeff_monomial(x) for x in inputs]

    def _with_rest(self, system: LinearSystem, queries: list[Any]) -> LinearSystem:
        """Find the state at rest, and check that a zero of the gradient is a fixed point."""
        import sympy

        size, iterate = len(self.state), self.state.index(ITERATE)
        if not any(system.B):
            raise MethodError(f"{self.name}: the rule never uses the gradient")
        if self.regularized:
            return self._with_pull(system)
        drift = (system.A - sympy.eye(size)).applyfunc(sympy.expand)
        rest = None
        for candidate in _simple_rests(self.state):
            if all(sympy.expand(x) == 0 for x in drift * sympy.Matrix(candidate)):
                rest = sympy.ImmutableMatrix(candidate)
                break
        else:
            for vector in drift.nullspace():
                if vector[iterate] != 0:
                    rest = sympy.ImmutableMatrix((vector / vector[iterate]).applyfunc(sympy.cancel))
                    break
        if rest is None:
            moved = {n: row for n, row in zip(self.state, drift.tolist(), strict=True) if any(row)}
            name, row = (ITERATE, moved[ITERATE]) if ITERATE in moved else next(iter(moved.items()))
            change = sympy.Add(*(c * sympy.Symbol(n) for c, n in zip(row, self.state, strict=True)))
            raise MethodError(
                f"{self.name}: a zero of the gradient is not a fixed point: with a gradient that vanishes, {name} still "
                f"changes by {change}; if that is meant as a decay, say regularized=True"
            )
        for query, point in zip(queries, system.C * rest, strict=True):
            if sympy.expand(point - 1) != 0:
                raise MethodError(
                    f"{self.name}: the fixed point is not a zero of the gradient: at rest {ORACLE} is taken at {query}, "
                    f"which is {sympy.expand(point) * sympy.Symbol(ITERATE)} there, not {ITERATE}"
                )
        return replace(system, rest=rest)

    def _with_pull(self, system: LinearSystem) -> LinearSystem:
        """Find the state at rest at w = 1 of a rule with a decay, and the gradient that keeps it there."""
        import sympy

        iterate = self.state.index(ITERATE)
        unknown = [sympy.Dummy(n) for n in self.state]
        pull = sympy.Dummy("pull")
        state, gradients = sympy.Matrix(unknown), pull * sympy.ones(system.B.shape[1], 1)
        kept = system.A * state + system.B * gradients - state
        there = system.C * state + system.D * gradients - sympy.ones(system.C.shape[0], 1)
        at_one = {unknown[iterate]: sympy.Integer(1)}
        free = [u for u in (*unknown, pull) if u not in at_one]
        solutions = sympy.linsolve([sympy.expand(e.xreplace(at_one)) for e in (*kept, *there)], free)
        if not solutions:
            raise MethodError(f"{self.name}: no gradient keeps the iterate where it is, although the rule has a decay")
        found = dict(zip(free, next(iter(solutions)), strict=True))
        # Of several states at rest, that without velocity.
        values = {u: sympy.cancel(x.xreplace(dict.fromkeys(free, sympy.Integer(0)))) for u, x in found.items()}
        rest = sympy.ImmutableMatrix([values.get(u, sympy.Integer(1)) for u in unknown])
        return replace(system, rest=rest, pull=values[pull])


def method(
    rule: Callable[..., Any] | None = None,
    *,
    cite: str = "",
    note: str = "",
    name: str | None = None,
    regularized: bool = False,
) -> Any:
    """Decorate an update rule: ``rule(state..., grad, *, parameters)`` becomes a :class:`Method`, checked on the spot.

    Parameters
    ----------
    cite : str
        Where the rule comes from.
    note : str
        On conventions.
    name : str
        The method's name; by default the function's, with hyphens.
    regularized : bool
        Whether the rule holds a decay of the iterate, as ``w - alpha * (grad(w) + gamma * w)``: it then goes to a minimizer of f
        plus a multiple of ``|w|^2``, and all theory is about the distance from that. Without this, such a rule is an error.

    Raises
    ------
    MethodError
        (a ``ValueError``) If the rule is not linear in its state or moves away from a zero of the gradient.
    MethodTypeError
        (a ``TypeError``) If its signature is not of the form above.

    Examples
    --------
    >>> @method(cite="polyak1964")
    ... def heavy_ball(z, w, grad, *, alpha, beta):
    ...     z = beta * z + grad(w)
    ...     w = w - alpha * z
    ...     return z, w
    >>> heavy_ball.name, heavy_ball.state, heavy_ball.parameters
    ('heavy-ball', ('z', 'w'), ('alpha', 'beta'))
    >>> @method
    ... def squared(w, grad, *, alpha):
    ...     return w - alpha * w * grad(w)
    Traceback (most recent call last):
    ...
    symmomentum.errors.MethodError: squared: the new w holds the term -alpha*w*grad(w), which is not linear in the state and \
the gradient (w, grad)
    """

    def decorate(function: Callable[..., Any]) -> Method:
        made = Method.from_rule(function, cite=cite, note=note, name=name, regularized=regularized)
        made.trace()
        return made

    return decorate if rule is None else decorate(rule)


def _simple_rests(state: tuple[str, ...]) -> Iterator[tuple[int, ...]]:
    """Candidates for the state at rest at w = 1: every other variable 0 or 1, as many zeros as possible first."""
    choices = [(1,) if n == ITERATE else (0, 1) for n in state]
    yield from sorted(itertools.product(*choices), key=sum)


@functools.cache
def _rebinding_array() -> Callable[[Any], Any]:
    """Arrays on which ``w += x`` means ``w = w + x``, as it does on symbols: what else holds the old array keeps it."""
    import numpy as np

    class Rebinding(np.ndarray):
        __iadd__ = np.ndarray.__add__  # type: ignore[assignment]
        __isub__ = np.ndarray.__sub__  # type: ignore[assignment]
        __imul__ = np.ndarray.__mul__  # type: ignore[assignment]
        __itruediv__ = np.ndarray.__truediv__  # type: ignore[assignment]

    def rebinding(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        return value.view(Rebinding) if value.ndim else value[()]

    return rebinding


def _agree(got: Any, wanted: Any) -> bool:
    """Whether two exact numbers are equal; what is undefined agrees with everything."""
    import sympy

    if any(isinstance(x, sympy.Expr) and x.has(sympy.zoo, sympy.nan, sympy.oo) for x in (got, wanted)):
        return True
    return bool(sympy.expand(got - wanted) == 0)


def _is_float32(value: Any) -> bool:
    return str(getattr(value, "dtype", "")) == "float32"
