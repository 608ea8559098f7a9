"""TeX formulas as MathML, which browsers draw themselves: no script, no font from the network, nothing to compute.

Only the part of TeX that the pages use is known. A command outside of it is an error, never a formula that is silently
wrong: add it to one of the tables.

>>> print(convert(r"1 - \\alpha"))
<math><mrow><mn>1</mn><mo>−</mo><mi>α</mi></mrow></math>
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

__all__ = ["TexError", "convert"]


class TexError(ValueError):
    """A formula with something in it that is not known here, or that does not end."""


# fmt: off
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}
# fmt: on
LETTERS = GREEK | {
    "infty": "∞",
    "nabla": "∇",
    "star": "⋆",
    "ldots": "…",
    "cdots": "⋯",
    "vdots": "⋮",
    "partial": "∂",
    "ell": "ℓ",
}
BINARY = {"+": "+", "-": "−", "*": "∗", r"\cdot": "⋅", r"\times": "×", r"\pm": "±", r"\circ": "∘"}
RELATIONS = {
    "=": "=",
    "<": "<",
    ">": ">",
    ":": ":",
    r"\le": "≤",
    r"\leq": "≤",
    r"\ge": "≥",
    r"\geq": "≥",
    r"\ne": "≠",
    r"\neq": "≠",
    r"\in": "∈",
    r"\notin": "∉",
    r"\to": "→",
    r"\mapsto": "↦",
    r"\sim": "∼",
    r"\approx": "≈",
    r"\ll": "≪",
    r"\gg": "≫",
    r"\Rightarrow": "⇒",
    r"\Leftrightarrow": "⇔",
    r"\mid": "∣",
}
OPEN = {"(": "(", "[": "[", r"\{": "{", r"\lvert": "|", r"\lVert": "‖", r"\langle": "⟨"}
CLOSE = {")": ")", "]": "]", r"\}": "}", r"\rvert": "|", r"\rVert": "‖", r"\rangle": "⟩"}
BARS = {"|": "|", r"\vert": "|", r"\|": "‖", r"\Vert": "‖"}
"""Fences of which TeX does not say whether they open or close."""
FENCES = OPEN | CLOSE | BARS | {".": ""}
FUNCTIONS = {"max", "min", "sup", "inf", "lim", "sin", "cos", "tan", "exp", "log", "ln", "det"}
BIG = {"sum": "∑", "prod": "∏"}
LIMITS = {r"\max", r"\min", r"\sup", r"\inf", r"\lim", r"\sum", r"\prod"}
"""What stands below and above its sign in a displayed formula."""
ACCENTS = {"bar": "‾", "hat": "^", "tilde": "~", "dot": "˙", "ddot": "¨"}
SPACES = {
    "~": "0.25em",
    ",": "0.17em",
    ":": "0.22em",
    ";": "0.28em",
    " ": "0.25em",
    "quad": "1em",
    "qquad": "2em",
    "!": "",
}
SIZES = {"big": "1.2em", "Big": "1.8em", "bigg": "2.4em", "Bigg": "3em"}
TABLES = {"aligned": ("", ""), "cases": ("{", ""), "bmatrix": ("[", "]"), "pmatrix": ("(", ")"), "array": ("", "")}
PLAIN_AFTER = {"", "binary", "relation", "open", "comma", "function"}
"""After these a plus or minus is a sign, not an operation."""

_WORDS = re.compile(r"\\(text|mathrm|operatorname|mathbf)\s*\{([^{}]*)\}")
"""One token, since spaces count in words."""
_TOKEN = re.compile(rf"{_WORDS.pattern}|\\[a-zA-Z]+|\\.|\s+|.", re.DOTALL)


def convert(tex: str, *, display: bool = False) -> str:
    """A ``math`` element."""
    body = _Parser(tex).formula()
    return f'<math display="block">{body}</math>' if display else f"<math>{body}</math>"


class _Parser:
    def __init__(self, tex: str) -> None:
        self.tex = tex
        self.tokens = [m[0] for m in _TOKEN.finditer(tex) if not m[0].isspace()]
        self.position = 0

    # Tokens -----------------------------------------------------------------------------------------------------------

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise self.error("it ends too early")
        self.position += 1
        return token

    def expect(self, token: str) -> None:
        if (found := self.take()) != token:
            raise self.error(f"{token} expected, not {found}")

    def error(self, reason: str) -> TexError:
        return TexError(f"{reason}, in the formula {self.tex!r}")

    # Parts ------------------------------------------------------------------------------------------------------------

    def formula(self) -> str:
        return self.row(lambda token: not token)

    def row(self, ends: Callable[[str], bool]) -> str:
        """Everything up to a token that ends it, which is left."""
        items: list[str] = []
        before = ""
        while not ends(self.peek()):
            if not self.peek():
                raise self.error("it ends too early")
            if self.peek() == r"\displaystyle":  # holds to the end of the group
                self.take()
                items.append(f'<mstyle displaystyle="true">{self.row(ends)}</mstyle>')
                break
            token = self.peek()
            body, kind = self.atom(before)
            items.append(self.scripts(body, token))
            before = kind or before
        return items[0] if len(items) == 1 else f"<mrow>{''.join(items)}</mrow>"

    def group(self) -> str:
        """An argument: a group in braces, or a single token."""
        if self.peek() == "{":
            self.take()
            body = self.row(lambda token: token == "}")
            self.expect("}")
            return body
        return self.atom("", single=True)[0]

    def scripts(self, base: str, token: str) -> str:
        found: dict[str, str] = {}
        over = token in LIMITS
        if self.peek() == r"\limits":
            self.take()
            over = True
        while (sign := self.peek()) in {"^", "_", "'"} and sign:
            self.take()
            if sign == "'":
                found["^"] = found.get("^", "") + "<mo>′</mo>"
            elif sign in found:
                raise self.error(f"two {sign} at one base")
            else:
                found[sign] = self.group()
        if not found:
            return base
        below, above = found.get("_"), found.get("^")
        if below is None:
            return f"<mover>{base}{above}</mover>" if over else f"<msup>{base}{above}</msup>"
        if above is None:
            return f"<munder>{base}{below}</munder>" if over else f"<msub>{base}{below}</msub>"
        tag = "munderover" if over else "msubsup"
        return f"<{tag}>{base}{below}{above}</{tag}>"

    def atom(self, before: str, *, single: bool = False) -> tuple[str, str]:
        """The next thing, and its kind: of what a sign after it is an operation with, or empty for a space."""
        token = self.take()
        if token == "{":
            self.position -= 1
            return self.group(), "ordinary"
        if token.isdecimal():
            while not single and re.fullmatch(r"[\d.]", self.peek()):
                token += self.take()
            return f"<mn>{token}</mn>", "ordinary"
        if token.isalpha():
            return f"<mi>{token}</mi>", "ordinary"
        if token in BINARY:
            if before in PLAIN_AFTER and not single:
                return f'<mo form="prefix" lspace="0" rspace="0">{BINARY[token]}</mo>', "binary"
            return f"<mo>{BINARY[token]}</mo>", "binary"
        if token in RELATIONS:
            return f"<mo>{escape(RELATIONS[token])}</mo>", "relation"
        if token in OPEN:
            return f'<mo form="prefix" stretchy="false">{OPEN[token]}</mo>', "open"
        if token in CLOSE:
            return f'<mo form="postfix" stretchy="false">{CLOSE[token]}</mo>', "ordinary"
        if token in BARS:
            kind = "open" if before in PLAIN_AFTER else "ordinary"
            return f'<mo stretchy="false" lspace="0" rspace="0">{BARS[token]}</mo>', kind
        if token == ",":
            return '<mo separator="true">,</mo>', "comma"
        if token in {".", ";", "!", "/"}:
            spaced = ' lspace="0" rspace="0"' if token in "/.!" else ""
            return f"<mo{spaced}>{token}</mo>", "comma" if token == ";" else "ordinary"
        if token == "~":
            return self.command("~", before)
        if words := _WORDS.fullmatch(token):
            return _worded(words[1], words[2])
        if token.startswith("\\"):
            return self.command(token[1:], before)
        raise self.error(f"{token!r} is not known")

    def command(self, name: str, before: str) -> tuple[str, str]:
        if name in LETTERS:
            upright = ' mathvariant="normal"' if name[0].isupper() or name not in GREEK else ""
            return f"<mi{upright}>{LETTERS[name]}</mi>", "ordinary"
        if name in SPACES:
            return (f'<mspace width="{SPACES[name]}"></mspace>' if SPACES[name] else ""), ""
        if name in FUNCTIONS:
            # As in TeX, a thin space to what stands before and to an argument without parentheses.
            left = "0.17em" if before in {"ordinary", "function"} else "0"
            after = "0" if self.peek() in {*OPEN, *BARS, r"\left", "^", "_"} else "0.17em"
            return f'<mo form="prefix" movablelimits="true" lspace="{left}" rspace="{after}">{name}</mo>', "function"
        if name in BIG:
            return f'<mo form="prefix" movablelimits="true">{BIG[name]}</mo>', "open"
        if name in {"frac", "dfrac", "tfrac"}:
            body = f"<mfrac>{self.group()}{self.group()}</mfrac>"
            if name != "frac":
                shown = str(name == "dfrac").lower()
                body = f'<mstyle displaystyle="{shown}" scriptlevel="0">{body}</mstyle>'
            return body, "ordinary"
        if name == "sqrt":
            if self.peek() == "[":
                self.take()
                degree = self.row(lambda token: token == "]")
                self.expect("]")
                return f"<mroot>{self.group()}{degree}</mroot>", "ordinary"
            return f"<msqrt>{self.group()}</msqrt>", "ordinary"
        if name in ACCENTS:
            return f'<mover accent="true">{self.group()}<mo stretchy="false">{ACCENTS[name]}</mo></mover>', "ordinary"
        if name == "mathop":
            return self.group(), "function"
        if name == "left":
            return self.fenced(), "ordinary"
        if name in SIZES:
            size = SIZES[name]
            sign = self.fence()
            return f'<mo stretchy="true" symmetric="true" minsize="{size}" maxsize="{size}">{sign}</mo>', "ordinary"
        if name == "begin":
            return self.table(), "ordinary"
        raise self.error(f"\\{name} is not known")

    def fence(self) -> str:
        token = self.take()
        if token not in FENCES:
            raise self.error(f"{token} is no fence")
        return FENCES[token]

    def fenced(self) -> str:
        left = self.fence()
        body = self.row(lambda token: token == r"\right")
        self.expect(r"\right")
        return _between(left, body, self.fence())

    def environment(self) -> str:
        self.expect("{")
        name = ""
        while (token := self.take()) != "}":
            name += token
        return name

    def table(self) -> str:
        name = self.environment()
        if name not in TABLES:
            raise self.error(f"the environment {name} is not known")
        if name == "array":
            self.environment()  # the columns, which are all centered here
        rows: list[list[str]] = [[]]
        while True:
            cell = self.row(lambda token: token in {"&", r"\\", r"\end"})
            rows[-1].append(f'<mstyle displaystyle="true">{cell}</mstyle>' if name == "aligned" else cell)
            token = self.take()
            if token == r"\end":
                break
            if token == r"\\":
                rows.append([])
                if self.peek() == "[":  # some more space between the rows
                    while self.take() != "]":
                        pass
        if self.environment() != name:
            raise self.error(f"{name} is not ended")
        body = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>" for cells in rows)
        return _between(TABLES[name][0], f'<mtable class="{name}">{body}</mtable>', TABLES[name][1])


def _worded(name: str, words: str) -> tuple[str, str]:
    if name == "text":
        spaced = escape(words).replace(" ", "\u00a0")  # a browser drops ordinary spaces at the ends of mtext
        return f"<mtext>{spaced}</mtext>", "open"
    words = words.strip()
    if not words.isalpha():
        return f"<mo>{BINARY.get(words, escape(words))}</mo>", "ordinary"
    if name == "mathbf":
        bold = "".join(chr(ord("𝐀") + ord(c) - ord("A")) if c.isupper() else c for c in words)
        return f"<mi>{bold}</mi>", "ordinary"
    upright = ' mathvariant="normal"' if len(words) == 1 else ""
    return f"<mi{upright}>{words}</mi>", "ordinary"


def _between(left: str, body: str, right: str) -> str:
    opening = f'<mo form="prefix" fence="true" stretchy="true">{left}</mo>' if left else ""
    closing = f'<mo form="postfix" fence="true" stretchy="true">{right}</mo>' if right else ""
    return f"<mrow>{opening}{body}{closing}</mrow>"
