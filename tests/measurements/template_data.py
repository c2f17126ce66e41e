"""The example data beside two templates of `rnnctl init`, which is made up: written anew, the same each time.

    python tests/measurements/template_data.py

classification.csv   waves of three shapes through noise, of 20 to 36 steps, of any period and phase
tagging.csv          sentences of a small grammar, several of whose words are noun and verb, or noun and adjective

forecasting.csv is no made-up data: it is datasets/sunspots.csv.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "rnnctl" / "templates"

WAVES = 140
SHAPES: Mapping[str, Callable[[float], float]] = {
    "sawtooth": lambda turn: 2 * (turn % 1) - 1,
    "sine": lambda turn: math.sin(2 * math.pi * turn),
    "square": lambda turn: 1.0 if turn % 1 < 0.5 else -1.0,
}

SENTENCES = 240
WORDS = {
    "determiner": ("the", "my", "our", "this"),
    "adjective": ("old", "light", "cold", "green", "fast"),
    "noun": ("boat", "can", "cook", "dog", "fish", "garden", "light", "watch", "water"),
    "pronoun": ("they", "we", "you"),
    "verb": ("cook", "find", "fish", "light", "like", "see", "watch", "water"),
    "auxiliary": ("can", "must", "will"),
    "preposition": ("in", "near", "under", "with"),
}


def classification() -> Iterator[str]:
    """The lines of classification.csv."""
    draw = random.Random(0)
    yield "wave,step,value,shape"
    for wave in range(WAVES):
        shape = draw.choice(tuple(SHAPES))
        period, phase = draw.uniform(8, 16), draw.random()
        for step in range(draw.randint(20, 36)):
            value = SHAPES[shape](step / period + phase) + 1.0 * (draw.random() + draw.random() - 1)
            yield f"{wave},{step},{value:.2f},{shape}"


def tagging() -> Iterator[str]:
    """The lines of tagging.csv."""
    draw = random.Random(0)
    yield "sentence,word,tag"
    for sentence in range(SENTENCES):
        for tag in _sentence(draw):
            yield f"{sentence},{draw.choice(WORDS[tag])},{tag}"


def _sentence(draw: random.Random) -> Iterator[str]:
    """The tags of a sentence."""
    if draw.random() < 0.5:
        yield "pronoun"
        if draw.random() < 0.5:
            yield "auxiliary"
    else:
        yield from _thing(draw)
        yield "auxiliary"
    yield "verb"
    if draw.random() < 0.7:
        yield from _thing(draw)
    while draw.random() < 0.4:
        yield "preposition"
        yield from _thing(draw)


def _thing(draw: random.Random) -> Iterator[str]:
    yield "determiner"
    if draw.random() < 0.4:
        yield "adjective"
    yield "noun"


FILES = {"classification.csv": classification, "tagging.csv": tagging}

if __name__ == "__main__":
    for name, lines in FILES.items():
        (FOLDER / name).write_text("".join(f"{line}\n" for line in lines()), "utf-8", newline="\n")
