import json
from dataclasses import replace

import numpy as np
import pytest

from rnnctl.data.records import Facts, Signal
from rnnctl.report.step import as_record, number, output_text, step_lines
from rnnctl.report.strip import Look
from rnnctl.stepping.step import LayerStep, Part, Step

PLAIN = Look(80, "none")


def facts(target=None, ahead=1, inputs=("sunspots",)):
    target = target or Signal("number", ("sunspots",))
    return Facts(Signal("number", inputs), target, (9,), True, ahead, "step")


def step(t=1, before=(0.0, 0.0, 0.0), after=(0.5, -0.5, 1.0), shown=None, given=None, extra=()):
    part = Part("h", np.array(before, np.float32), np.array(after, np.float32))
    layers = (LayerStep("0", "rnn", (part, *extra)),)
    output = np.array([0.25], np.float32)
    return Step(
        t, given or {"sunspots": 50.0}, np.array([0.5], np.float32), output, shown or {"sunspots": 81.2}, layers
    )


def test_a_step_in_plain_text():
    assert list(step_lines([step()], facts(), PLAIN)) == [
        "t 1  sunspots 50  →  sunspots in 1 step: 81.2",
        "  0 rnn h ▅▅▒▒██ ±1   norm   1.22  change   1.22",
        "  below 0 ░▒▓  near 0 ·  above 0 ▁▂▃▄▅▆▇█",
    ]


def test_steps_of_one_call_share_a_scale_and_figures_stand_below_each_other():
    counter = Part("t", np.array(1), np.array(2))
    lines = list(step_lines([step(extra=(counter,)), step(2, after=(3.0, 0, 0))], facts(), PLAIN))
    assert [line.index("norm") for line in lines if "norm" in line] == [22] * 3
    assert [line.count("±5") for line in lines] == [0, 1, 0, 0, 1, 0]
    assert lines[2] == "        t 2           norm      2  change      1"


def test_ascii():
    look = Look(80, "ascii")
    assert all(line.isascii() for line in step_lines([step()], facts(), look))


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("units", [1, 5, 32, 128, 1000])
def test_lines_fit_the_terminal(width, units):
    values = np.linspace(-1, 1, units)
    lines = list(step_lines([step(before=values, after=values)], facts(), Look(width, "none")))
    longest = max(map(len, lines[1:-1]))
    assert longest <= width
    assert len(lines) <= 2 + 4 + 1 + 1 + 4 * (width == 40)
    assert sum(cell in "░▒▓·▁▂▃▄▅▆▇█" for line in lines for cell in line) >= min(units, 48)


def test_in_a_narrow_terminal_a_part_has_lines_of_its_own():
    cell = Part("c", np.zeros(3, np.float32), np.array([0.5, -4, 1], np.float32))
    assert list(step_lines([step(extra=(cell,))], facts(), Look(40, "none"), [{"norm(c)": 4.15}])) == [
        "t 1  sunspots 50",
        "     →  sunspots in 1 step: 81.2",
        "  0 rnn",
        "    h ▅▅▒▒██ ±1",
        "      norm 1.22  change 1.22",
        "    c ▁▁▓▓▂▂ ±5",
        "      norm 4.15  change 4.15",
        "  norm(c) = 4.15",
        "  below 0 ░▒▓  near 0 ·  above 0",
        "    ▁▂▃▄▅▆▇█",
    ]


def test_shared_cells_say_so():
    values = np.linspace(-1, 1, 1000)
    lines = list(step_lines([step(before=values, after=values)], facts(), PLAIN))
    assert lines[-2].strip() == "1000 units, 8 a cell (the largest)"


def test_colour_is_only_in_escape_codes():
    import re

    coloured = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in step_lines([step()], facts(), Look(80, "truecolor"))]
    assert coloured[1] == "  0 rnn h ▇▇▇▇▇▇ ±1   norm   1.22  change   1.22"
    assert coloured[0] == "t 1  sunspots 50  →  sunspots in 1 step: 81.2"


def test_outputs_in_words():
    assert output_text(step(), facts(ahead=0)) == "sunspots: 81.2"
    assert output_text(step(), facts(ahead=3)) == "sunspots in 3 steps: 81.2"
    two = Signal("number", ("a", "b"))
    assert output_text(step(shown={"a": 1.0, "b": -2.5}), facts(two)) == "output in 1 step: a 1, b -2.5"
    digits = Signal("class", ("digit",), tuple("01234"))
    shares = dict(zip("01234", (0.02, 0.9, 0.05, 0.03, 0.0), strict=True))
    assert output_text(step(shown=shares), facts(digits, 0)) == "digit: 1 90.0%, 2 5.0%, 3 3.0%"


def test_an_output_with_its_deviation():
    wide = replace(step(), deviation={"sunspots": 12.3456})
    assert output_text(wide, facts()) == "sunspots in 1 step: 81.2 ± 12.35"
    two = Signal("number", ("a", "b"))
    both = replace(step(shown={"a": 1.0, "b": -2.5}), deviation={"a": 0.5, "b": 2.0})
    assert output_text(both, facts(two, 0)) == "output: a 1 ± 0.5, b -2.5 ± 2"
    first, *_ = step_lines([wide], facts(), Look(80, "ascii"))
    assert first == "t 1  sunspots 50  ->  sunspots in 1 step: 81.2 +- 12.35"
    record = as_record(wide, facts())
    assert (record["output"], record["standard_deviation"]) == ({"sunspots": 81.2}, {"sunspots": 12.3456})
    assert "standard_deviation" not in as_record(step(), facts())


def test_probabilities_of_yes():
    one, two = Signal("binary", ("rain",)), Signal("binary", ("rain", "wind"))
    assert output_text(step(shown={"rain": 0.7126}), facts(one)) == "rain in 1 step: 71.3%"
    both = step(shown={"rain": 0.7126, "wind": 0.02})
    assert output_text(both, facts(two, 0)) == "output: rain 71.3%, wind 2.0%"
    assert as_record(both, facts(two))["probabilities"] == {"rain": 0.7126, "wind": 0.02}


def test_a_long_head_takes_two_lines():
    names = tuple(f"pixel{i}" for i in range(8))
    lines = list(step_lines([step(given=dict.fromkeys(names, 0.5))], facts(inputs=names), PLAIN))
    assert lines[:3] == [
        "t 1  pixel0 0.5, pixel1 0.5, pixel2 0.5, pixel3 0.5, pixel4 0.5, pixel5 0.5, …",
        "     (8 columns)",
        "     →  sunspots in 1 step: 81.2",
    ]


def test_a_model_without_state_has_no_strips():
    bare = Step(1, {"sunspots": 50.0}, np.zeros(1), np.zeros(1), {"sunspots": 1.0}, ())
    assert list(step_lines([bare], facts(), PLAIN)) == ["t 1  sunspots 50  →  sunspots in 1 step: 1"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (81.23456, "81.23"), (-0.5, "-0.5"), (12345.6, "12346"), (1e-5, "1.00e-05"), (2e9, "2.00e+09")],
)
def test_numbers(value, text):
    assert number(value) == text


def test_the_record_is_json_in_full_precision():
    after = np.array([0.1, -0.2, 1 / 3], np.float32)
    record = json.loads(json.dumps(as_record(step(after=after), facts()), allow_nan=False))
    assert record["output"] == {"sunspots": 81.2}
    assert record["input"] == {"sunspots": 50.0}
    [layer] = record["layers"]
    assert (layer["place"], layer["name"]) == ("0", "rnn")
    np.testing.assert_array_equal(np.array(layer["state"]["h"]["value"], np.float32), after)
    assert layer["state"]["h"]["norm"] == pytest.approx(float(np.linalg.norm(after)))
