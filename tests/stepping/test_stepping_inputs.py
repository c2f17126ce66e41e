import numpy as np
import pytest

from rnnctl.data.records import Signal
from rnnctl.data.scaling import Affine
from rnnctl.errors import UsageError
from rnnctl.stepping.inputs import check_input, header_advice, parse_input, parse_text, to_model

ONE = Signal("number", ("sunspots",))
TWO = Signal("number", ("temperature", "wind"))
SYMBOL = Signal("symbol", ("letter",), ("A", "B", " ", "=", "a=b"))
LETTERS = Signal("symbol", ("letter",), ("A", "B"))
HELP = "columns: temperature, wind; in this order, or as temperature=…,wind=…"


@pytest.mark.parametrize(
    ("signal", "text", "given"),
    [
        (ONE, "50", {"sunspots": 50.0}),
        (ONE, "-0.5", {"sunspots": -0.5}),
        (ONE, "sunspots=1e3", {"sunspots": 1000.0}),
        (TWO, "20,3", {"temperature": 20.0, "wind": 3.0}),
        (TWO, " 20 , -3 ", {"temperature": 20.0, "wind": -3.0}),
        (TWO, "wind=3, temperature=20", {"temperature": 20.0, "wind": 3.0}),
        (SYMBOL, "B", {"letter": "B"}),
        (SYMBOL, "letter=B", {"letter": "B"}),
        (SYMBOL, " ", {"letter": " "}),
        (SYMBOL, "=", {"letter": "="}),
        (SYMBOL, "a=b", {"letter": "a=b"}),
        (SYMBOL, "letter=a=b", {"letter": "a=b"}),
    ],
)
def test_text(signal, text, given):
    found = parse_input(signal, text)
    assert found == given
    assert list(found) == list(signal.names)


@pytest.mark.parametrize(
    ("signal", "text", "message"),
    [
        (ONE, "fifty", "'fifty' is not a number"),
        (ONE, "1_000", "'1_000' is not a number"),
        (ONE, "", "'' is not a number"),
        (ONE, "nan", "sunspots must be a finite number, not nan"),
        (ONE, "1e999", "sunspots must be a finite number, not inf"),
        (ONE, "1,2", "an input is 1 number, not 2 (the column is sunspots)"),
        (ONE, "sunspot=1", "there is no input column 'sunspot' (did you mean 'sunspots'? the column is sunspots)"),
        (TWO, "20", f"an input is 2 numbers, not 1 ({HELP})"),
        (TWO, "20,3,4", f"an input is 2 numbers, not 3 ({HELP})"),
        (TWO, "20,", "'' is not a number"),
        (TWO, "temperature=20", f"the input lacks wind ({HELP})"),
        (TWO, "temperature=20,3", f"input 'temperature=20,3' names some columns and not others ({HELP})"),
        (TWO, "wind=1,wind=2", f"input 'wind=1,wind=2' names column 'wind' twice ({HELP})"),
        (TWO, "wind=1,rain=2", f"there is no input column 'rain' ({HELP})"),
        (SYMBOL, "C", "unknown symbol 'C' (symbols: A, B, ' ', =, a=b)"),
        (SYMBOL, "C\nD", "unknown symbol 'C\\nD' (symbols: A, B, ' ', =, a=b)"),
        (ONE, "1\n2", "'1\\n2' is not a number"),
        (
            LETTERS,
            "AB",
            "unknown symbol 'AB' (an input is one symbol, and a text is given with text TEXT; symbols: A, B)",
        ),
    ],
)
def test_text_that_is_no_input(signal, text, message):
    with pytest.raises(UsageError) as caught:
        parse_input(signal, text, "text TEXT")
    assert str(caught.value) == message


def test_where_a_text_cannot_be_given_none_is_spoken_of():
    for give in (parse_input, check_input):
        with pytest.raises(UsageError) as caught:
            give(LETTERS, "AB")
        assert str(caught.value) == "unknown symbol 'AB' (symbols: A, B)"


@pytest.mark.parametrize(("value", "shown"), [(None, "null"), (True, "true"), ("3", '"3"'), (float("nan"), "nan")])
def test_what_is_no_number_is_told_as_json_has_it(value, shown):
    with pytest.raises(UsageError) as caught:
        check_input(TWO, [20.0, value])
    assert str(caught.value) == f"wind must be a finite number, not {shown}"


def test_what_to_do_about_a_header():
    assert header_advice("wind", ["time", "wnd"]) == "if its column 'wnd' is meant, call it 'wind'"
    assert header_advice("wind", ["a", "b"]) == "its columns: a, b"


def test_a_text_needs_symbols_of_one_character():
    assert parse_text(LETTERS, "BAB") == [{"letter": "B"}, {"letter": "A"}, {"letter": "B"}]
    with pytest.raises(UsageError, match="--text takes symbols of one character, and this model has longer ones"):
        parse_text(SYMBOL, "AB")


def test_bytes_that_are_no_text():
    byte = Signal("symbol", ("byte",), ("a", "\\xff"))
    assert parse_text(byte, "a\udcff", "byte") == [{"byte": "a"}, {"byte": "\\xff"}]


def test_values():
    assert check_input(ONE, 5) == {"sunspots": 5.0}
    assert check_input(ONE, np.float32(0.5)) == {"sunspots": 0.5}
    assert check_input(TWO, (1, 2)) == {"temperature": 1.0, "wind": 2.0}
    assert check_input(TWO, np.array([1, 2])) == {"temperature": 1.0, "wind": 2.0}
    assert check_input(TWO, {"wind": 2, "temperature": 1}) == {"temperature": 1.0, "wind": 2.0}
    assert check_input(SYMBOL, "A") == {"letter": "A"}
    assert check_input(Signal("symbol", ("digit",), ("0", "1")), 1) == {"digit": "1"}
    for wrong in (True, "50", [True], None):
        with pytest.raises(UsageError):
            check_input(ONE, wrong)


def test_model_units():
    scaling = Affine((10.0, 0.0), (2.0, 4.0))
    np.testing.assert_array_equal(to_model(TWO, {"temperature": 20.0, "wind": 3.0}, scaling, np.float32), [5, 0.75])
    assert to_model(SYMBOL, {"letter": "B"}, None, np.float32) == 1
    with pytest.raises(UsageError, match="wind is too large for the model: 1e\\+300"):
        to_model(TWO, {"temperature": 20.0, "wind": 1e300}, scaling, np.float32)
