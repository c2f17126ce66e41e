"""Symbolic sizes: whole-number expressions such as `2 * size + 1` that are equal when they are equal for all values.

A size is a polynomial with integer coefficients over symbols (`size`, `input`, an integer option) and over
quotients that do not divide out (`size // heads`). Polynomials have one normal form, so equality is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Quotient:
    """A floor division that could not be carried out; it stands in a polynomial like a symbol."""

    dividend: Size
    divisor: Size

    def __str__(self) -> str:
        parts = [str(s) if len(s.terms) <= 1 else f"({s})" for s in (self.dividend, self.divisor)]
        return " // ".join(parts)


Atom = str | Quotient
Monomial = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """A polynomial: its terms, each a product of atoms with a coefficient that is not zero, in a fixed order."""

    terms: tuple[tuple[Monomial, int], ...]

    @staticmethod
    def of(value: int | str | Quotient) -> Size:
        """The size that is a number, a symbol or a quotient."""
        return _of(value)

    @property
    def value(self) -> int | None:
        """The number this size is, or None while it has symbols."""
        if not self.terms:
            return 0
        if len(self.terms) == 1 and not self.terms[0][0]:
            return self.terms[0][1]
        return None

    @property
    def has_quotient(self) -> bool:
        """Whether equality may depend on what divides what, which only numbers can tell."""
        return any(isinstance(atom, Quotient) for monomial, _ in self.terms for atom in monomial)

    def __add__(self, other: Size) -> Size:
        return _collect([*self.terms, *other.terms])

    def __neg__(self) -> Size:
        return Size(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Size) -> Size:
        return self + (-other)

    def __mul__(self, other: Size) -> Size:
        return _collect([(m + n, c * d) for m, c in self.terms for n, d in other.terms])

    def __floordiv__(self, other: Size) -> Size:
        divisor = other.value
        if divisor == 0:
            raise ZeroDivisionError
        if divisor == 1:
            return self
        if self.value is not None and divisor is not None:
            return Size.of(self.value // divisor)
        if self == other:
            return Size.of(1)
        if divisor is not None and all(c % divisor == 0 for _, c in self.terms):
            return Size(tuple((m, c // divisor) for m, c in self.terms))
        if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1:
            [[[atom], _]] = self.terms
            if isinstance(atom, Quotient):
                return atom.dividend // (atom.divisor * other)
        return Size.of(Quotient(self, other))

    def bind(self, values: Mapping[str, Size]) -> Size:
        """This size with its symbols replaced; a symbol that is not named stays."""
        total = Size.of(0)
        for monomial, coefficient in self.terms:
            product = Size.of(coefficient)
            for atom in monomial:
                if isinstance(atom, str):
                    product *= values.get(atom, Size.of(atom))
                else:
                    product *= atom.dividend.bind(values) // atom.divisor.bind(values)
            total += product
        return total

    def symbols(self) -> set[str]:
        """The symbols this size depends on."""
        found: set[str] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                found |= {atom} if isinstance(atom, str) else atom.dividend.symbols() | atom.divisor.symbols()
        return found

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        text = ""
        for monomial, coefficient in self.terms:
            sign = "-" if coefficient < 0 else "+"
            factors = [str(a) if isinstance(a, str) else f"({a})" for a in monomial]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            product = " * ".join(factors)
            text += f" {sign} {product}" if text else (product if sign == "+" else f"-{product}")
        return text


@lru_cache(4096)
def _of(value: int | str | Quotient) -> Size:
    """The same object for the same number, so that most comparisons end before they begin."""
    if isinstance(value, int):
        return Size((((), value),)) if value else Size(())
    return Size((((value,), 1),))


def _collect(terms: list[tuple[Monomial, int]]) -> Size:
    if all(not monomial for monomial, _ in terms):  # numbers alone, which is all that a layer with its sizes has
        return Size.of(sum(coefficient for _, coefficient in terms))
    collected: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        key = tuple(sorted(monomial, key=str))
        collected[key] = collected.get(key, 0) + coefficient
    kept = [(m, c) for m, c in collected.items() if c]
    return Size(tuple(sorted(kept, key=lambda term: (-len(term[0]), [str(a) for a in term[0]]))))


Shape = tuple[Size, ...]


def shape_text(shape: Shape) -> str:
    """A shape as people write it: `[size, input]`, or `a number` for a scalar."""
    return f"[{', '.join(str(s) for s in shape)}]" if shape else "a single number"


def count(shape: Shape) -> Size:
    """The number of elements of a shape."""
    total = Size.of(1)
    for size in shape:
        total *= size
    return total
