"""The real yaml-language-server with the schema of configs, asked over its standard input and output.

npm install --prefix DIR yaml-language-server
YAML_LANGUAGE_SERVER=DIR/node_modules/.bin/yaml-language-server pytest tests/measurements/test_measurements_editor.py
"""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

LONGEST = 60.0
"""Seconds after which a server that does not answer is ended."""


class Told(NamedTuple):
    """A diagnostic: the line and the column that it begins at, counted from 1, and what it says."""

    line: int
    column: int
    message: str


class Editor:
    """An editor without a face: opens texts as files of a folder, and asks what there is to say of them."""

    def __init__(self, command: Sequence[str], schema: Path, folder: Path) -> None:
        self.folder = folder
        self.schema = schema
        self.numbers = itertools.count(1)
        self.diagnostics: dict[str, list[Any]] = {}
        self.server = subprocess.Popen(
            [*command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
        )
        self.watch = threading.Timer(LONGEST, self.server.kill)
        self.watch.start()
        documents = {
            "hover": {"contentFormat": ["markdown"]},
            "completion": {"completionItem": {"documentationFormat": ["markdown"], "snippetSupport": True}},
        }
        able = {"workspace": {"configuration": True}, "textDocument": documents}
        self._ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": able})
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": {}}})

    def close(self) -> None:
        """End the server."""
        try:
            self._ask("shutdown", None)
            self._send({"method": "exit", "params": None})
            self.server.wait()
        finally:
            self.watch.cancel()
            self.server.kill()
            for pipe in (self.server.stdin, self.server.stdout):
                assert pipe is not None
                pipe.close()
            self.server.wait()

    def problems(self, text: str) -> list[Told]:
        """What an editor underlines."""
        found = [(d["range"]["start"], d["message"]) for d in self.diagnostics[self._open(text)]]
        return [Told(start["line"] + 1, start["character"] + 1, message) for start, message in found]

    def offered(self, text: str) -> dict[str, str]:
        """What is offered at the mark `|`: each label, and the text that it would put there."""
        items = self._at("textDocument/completion", text)["items"]
        return {item["label"]: item["insertText"] for item in items}

    def shown(self, text: str) -> str:
        """What is shown of the word at the mark `|`."""
        return str(self._at("textDocument/hover", text)["contents"]["value"])

    # inside

    def _open(self, text: str) -> str:
        uri = (self.folder / f"{next(self.numbers)}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while uri not in self.diagnostics:
            self._receive()
        return uri

    def _at(self, method: str, text: str) -> Any:
        before, _, after = text.partition("|")
        uri = self._open(before + after)
        place = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return self._ask(method, {"textDocument": {"uri": uri}, "position": place})

    def _ask(self, method: str, params: Any) -> Any:
        number = next(self.numbers)
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == number and "method" not in message:
                return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.server.stdin is not None
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.server.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message of the server; its questions are answered."""
        assert self.server.stdout is not None
        length = 0
        while line := self.server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server has ended"
        message: dict[str, Any] = json.loads(self.server.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        yaml = {"schemas": {self.schema.as_uri(): "*.yaml"}, "schemaStore": {"enable": False}, "validate": True}
        settings = {"yaml": {**yaml, "hover": True, "completion": True}}
        return [settings.get(item.get("section")) for item in message["params"]["items"]]
