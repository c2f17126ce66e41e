import asyncio

import pytest
from screens import settled, symbols
from textual.worker import WorkerFailed

from rnnctl.tui.app import Stepper
from rnnctl.tui.runner import Runner


@pytest.mark.parametrize("where", ["draw", "line", "aside"])
def test_a_mistake_in_it_is_raised_and_printed_by_nobody_else(tmp_path, monkeypatch, capsys, where):
    def mistaken(*_):
        raise ZeroDivisionError("of ours")

    console = symbols(tmp_path, "BTB")
    name = {"draw": "draw", "line": "_do", "aside": "_ask"}[where]
    app = Stepper(console, "none")

    async def run():
        async with app.run_test() as pilot:
            await settled(app, pilot)
            monkeypatch.setattr(Stepper if where == "draw" else Runner, name, mistaken)
            app.action_line("nearest" if where == "aside" else "back")
            await pilot.pause()
            await pilot.pause()

    with pytest.raises((ZeroDivisionError, WorkerFailed)):
        asyncio.run(run())
    with pytest.raises(ZeroDivisionError, match="of ours"):
        app.raise_what_broke_it()
    assert capsys.readouterr() == ("", "")
