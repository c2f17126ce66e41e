from rich.color import ColorSystem

from rnnctl.tui.brush import Brush


def in_256(style):
    """The number of a background among the 256 colours, as a terminal gets it."""
    return style.bgcolor.downgrade(ColorSystem.EIGHT_BIT).number


def test_of_256_colours_the_terminal_gets_those_that_were_chosen():
    brush = Brush("256")
    found = [in_256(brush.cell(value / 6, 2).style) for value in range(-6, 7)]
    assert found[:6] + found[7:] == [25, 32, 74, 110, 153, 189, 224, 217, 210, 203, 160, 124]
    assert found[6] in (253, 254)  # rich counts the greys in its own way
    assert brush.letter("T", 1.0).style.bgcolor == brush.cell(1.0, 2).style.bgcolor
    assert brush.pair(1.0, -1.0, 2).style.color == brush.cell(1.0, 2).style.bgcolor
    assert in_256(brush.pair(1.0, -1.0, 2).style) == 25


def test_a_mark_can_be_read_on_every_colour():
    for paint in ("truecolor", "256"):
        brush = Brush(paint)
        for value in range(-32, 33):
            style = brush.cell(value / 32, 2, "◆").style
            ink, ground = (sum(color.get_truecolor()) for color in (style.color, style.bgcolor))
            assert abs(ink - ground) > 200, (paint, value)


def test_in_16_colours_red_is_above_0_and_blue_below():
    brush = Brush("16")
    assert [brush.cell(value, 1).style.color.name for value in (-0.5, 0.5)] == ["blue", "red"]
    assert brush.cell(0.0, 1).style.color is None
