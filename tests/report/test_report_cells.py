import json

import pytest

from rnnctl.catalogue import definition, names
from rnnctl.config import parse_config
from rnnctl.report.cells import cell_lines, cell_record, chain_examples, initializer, list_lines
from rnnctl.report.strip import Look

PLAIN = Look(80, "none")

LSTM = """\
lstm
Long short-term memory with a forget gate

source      Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000
in a chain  - lstm: 32
input       x  [input]
options     size  a whole number, at least 1; must be given
state       h  [size]  0 at a reset, may be learned
            c  [size]  0 at a reset, may be learned
parameters  Wi, Wf, Wg, Wo  [size, input]  glorot_uniform
            Ui, Uf, Ug, Uo  [size, size]   orthogonal
            bi, bg, bo      [size]         zeros
            bf              [size]         ones
equations   i = sigmoid(Wi @ x + Ui @ h + bi)
            f = sigmoid(Wf @ x + Uf @ h + bf)
            g = tanh(Wg @ x + Ug @ h + bg)
            o = sigmoid(Wo @ x + Uo @ h + bo)
            c' = f * c + i * g
            h' = o * tanh(c')
output      h'"""


def test_a_layer_reads_like_its_yaml():
    assert "\n".join(cell_lines(definition("lstm"), PLAIN)) == LSTM


@pytest.mark.parametrize("name", names())
def test_every_layer_is_shown_whole(name):
    cell = definition(name)
    lines = list(cell_lines(cell, PLAIN))
    text = "\n".join(lines)
    for key in ("derived", "functions", "equations"):
        for line in str(cell.as_written.get(key, "")).splitlines():
            assert line.rstrip() in text
    assert cell.summary.split()[-1] in text
    record = json.loads(json.dumps(cell_record(cell)))
    assert record["name"] == name
    assert record["output"] == cell.as_written["output"]
    assert all(len(line) <= 80 for line in lines if not {"@", "=", "-"} & set(line.split()))


@pytest.mark.parametrize("name", names())
def test_every_example_is_a_layer(name):
    """What is said of a chain can be written there."""
    symbols = next(iter(definition(name).inputs.values())).symbols is not None
    first = [] if symbols else ["- one_hot"]
    for example in chain_examples(definition(name)):
        chain = "\n".join(f"    {line}" for line in (*first, example, "- dense: 7"))
        text = f"data: {{task: reber}}\nmodel:\n  chain:\n{chain}\ntraining: {{loss: cross_entropy}}\n"
        parse_config(text, "c.yaml")


def test_short_and_long_forms():
    assert chain_examples(definition("dropout")) == ["- dropout", "- dropout: 0.5"]
    assert chain_examples(definition("layer_norm")) == ["- layer_norm"]
    assert chain_examples(definition("rnn")) == ["- rnn: 32", "- rnn: {size: 32, activation: tanh}"]


def test_the_list_wraps_to_the_terminal():
    cells = [definition(name) for name in names()]
    for width in (60, 80, 120):
        lines = list(list_lines(cells, Look(width, "none")))
        assert all(len(line) <= width for line in lines)
        assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(names())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("zeros", "zeros"),
        ({"uniform": [0, 1]}, "uniform, 0 to 1"),
        ({"normal": 0.1}, "normal, 0.1"),
        ({"normal": ["1 / sqrt(size)"]}, "normal, 1 / sqrt(size)"),
        ({"constant": -1}, "-1"),
        (1, "1"),
    ],
)
def test_initializers_in_words(value, text):
    assert initializer(value) == text
