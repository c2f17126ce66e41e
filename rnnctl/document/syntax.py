"""What the YAML parser complains of, in plain words.

The parsers (libyaml, and PyYAML's own where libyaml is missing) name a problem in the terms of their grammar.
`_RULES` maps those phrases to functions that look at the text and say what a writer can do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from rnnctl.document.mistakes import TABS
from rnnctl.document.source import Source, Span, shown
from rnnctl.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Complaint:
    """Where the parser stopped, where the thing that it was reading began, and its own words."""

    source: Source
    at: int
    since: int
    words: str

    @property
    def char(self) -> str:
        """The character at which the parser stopped, or nothing at the end of a line."""
        return self.source.text[self.at : self.at + 1].strip("\r\n")

    @property
    def before(self) -> str:
        """The text that stands before it on its line."""
        text, at = self.source.text, self.at
        return text[self.source.line_starts[self.source.line(at) - 1] : at]

    def rest(self, start: int) -> Span:
        """From `start` to the end of its line, without a comment or trailing space."""
        end = self.source.line_end(start)
        comment = re.compile(r"\s#").search(self.source.text, start, end)
        written = self.source.text[start : comment.start() if comment else end].rstrip()
        return Span(start, start + max(1, len(written)))

    def line_above(self) -> int | None:
        """Find the number of the nearest line above that is not blank."""
        starts = self.source.line_starts
        for number in range(self.source.line(self.at) - 1, 0, -1):
            if self.source.text[starts[number - 1] : starts[number]].strip():
                return number
        return None


Explanation: TypeAlias = tuple[str, Span, str | None]


def syntax_error(source: Source, error: yaml.MarkedYAMLError) -> ConfigError:
    """Turn a parser's complaint into one located mistake."""
    end = len(source.text.rstrip(" \t\r\n"))
    at = error.problem_mark.index if error.problem_mark else 0
    at = at if source.text[at : at + 1] == "\t" else min(at, end)  # a tab may be all that is left of the text
    since = min(error.context_mark.index, end) if error.context_mark else at
    complaint = Complaint(source, at, since, f"{error.context or ''}: {error.problem or ''}")
    for pattern, explain in _RULES:
        if re.search(pattern, complaint.words):
            return source.error(*explain(complaint))
    return source.error(f"this is not YAML: {error.problem}", Span(at, at + 1))


def _quote_it(char: str) -> str:
    return f"put text that starts with '{char}' in quotes"


def _bad_start(complaint: Complaint) -> Explanation:
    span = Span(complaint.at, complaint.at + 1)
    if complaint.char == "\t":
        return _tab(complaint)
    return f"a value cannot start with '{complaint.char}'", span, _quote_it(complaint.char)


def _tab(complaint: Complaint) -> Explanation:
    indents = not complaint.before.strip()
    message = TABS if indents else "a tab cannot stand here"
    return message, Span(complaint.at, complaint.at + 1), "use spaces"


def _bracket(complaint: Complaint) -> Explanation:
    source, at, since = complaint.source, complaint.at, complaint.since
    opening = source.text[since]
    closing = "]" if opening == "[" else "}"
    if complaint.char == "{" and complaint.before.endswith("$"):
        span = Span(at - 1, max(at, source.text.find("}", at, source.line_end(at))) + 1)
        written = source.text[span.start : span.end]
        return "within brackets and braces a reference needs quotes", span, f'write "{written}"'
    if complaint.char and source.line(at) == source.line(since):
        column = since - _line_start(source, since) + 1
        message = f"',' or '{closing}' is missing before this"
        return message, Span(at, at + 1), f"the list or mapping starts with the '{opening}' in column {column}"
    advice = f"add '{closing}' after its last item"
    if complaint.char:
        advice += f", or the ',' that is missing before line {source.line(at)}"
    return f"this '{opening}' is never closed", Span(since, since + 1), advice


def _first_character(source: Source, line: int) -> int:
    start = source.line_starts[line - 1]
    written = source.text[start : source.line_end(start)]
    return start + len(written) - len(written.lstrip(" \t"))


def _line_start(source: Source, index: int) -> int:
    return source.line_starts[source.line(index) - 1]


def _open_quote(complaint: Complaint) -> Explanation:
    quote = complaint.source.text[complaint.since]
    span = Span(complaint.since, complaint.since + 1)
    rest = complaint.rest(complaint.since)
    written = complaint.source.text[rest.start : rest.end]
    if re.fullmatch(r"'[^'\"]+''", written):  # such as 'h'', in which the two are a quote of the text
        return (
            "this quote is never closed",
            span,
            f'inside of it two quotes are one of the text: write "{written[1:-1]}"',
        )
    return "this quote is never closed", span, f"add {quote} at the end of the text"


def _unknown_escape(complaint: Complaint) -> Explanation:
    text = complaint.source.text
    start = text.rfind("\\", 0, complaint.at + 1)
    escape = text[start : start + 2]
    advice = "write \\\\ for a backslash, or use single quotes, where a backslash is itself"
    return f"{escape} is not an escape of YAML", Span(start, start + 2), advice


def _bad_code(complaint: Complaint) -> Explanation:
    start = complaint.source.text.rfind("\\", 0, complaint.at + 1)
    advice = "\\x takes two hexadecimal digits, \\u four and \\U eight"
    return "this escape names no character", Span(start, start + 2), advice


def _second_colon(complaint: Complaint) -> Explanation:
    source, colon = complaint.source, Span(complaint.at, complaint.at + 1)
    if re.search(r":\s", complaint.before):
        return "a second ':' on one line", colon, "put text that holds ': ' in quotes"
    above = complaint.line_above()
    if above is None:
        return "a ':' cannot stand here", colon, "start the first key on a line of its own"
    here = complaint.rest(_first_character(source, source.line(complaint.at)))
    too_far = ("this line is indented too far", here, f"it would continue the value on line {above}")
    return _no_pair(complaint, above) or too_far


def _no_pair(complaint: Complaint, line: int) -> Explanation | None:
    """What a line lacks to be a key and a value, if that is the reason why the line after it makes no sense."""
    span = complaint.rest(_first_character(complaint.source, line))
    written = complaint.source.text[span.start : span.end]
    if re.search(r":(\s|$)", written):
        return None
    if re.match(r"(- )*[\w.-]+:[^\s/]", written):
        return "a ':' needs a space after it", span, f"write {shown(written.replace(':', ': ', 1))}"
    return "this line has no ':'", span, "write 'key: value'"


def _no_colon(complaint: Complaint) -> Explanation:
    span = complaint.rest(complaint.since)
    if complaint.source.text[complaint.since] == "-":
        return "a '-' needs a space after it", span, "write '- item'"
    line = complaint.source.line(complaint.since)
    return _no_pair(complaint, line) or ("this line has no ':'", span, "write 'key: value'")


def _stray_line(complaint: Complaint) -> Explanation:
    source, span = complaint.source, complaint.rest(complaint.at)
    if complaint.char and complaint.char in "]}":
        opening = "[" if complaint.char == "]" else "{"
        message = f"this '{complaint.char}' closes nothing"
        return message, Span(complaint.at, complaint.at + 1), f"remove it, or add the '{opening}'"
    if complaint.char == ":":
        return "a key is missing before this ':'", Span(complaint.at, complaint.at + 1), None
    if complaint.before.strip(" \t-"):
        return "nothing can follow the value on this line", span, "put the whole text in quotes"
    is_list = re.search(r"block (collection|sequence)", complaint.words)
    if is_list and "document start" not in complaint.words:
        message = "this line does not fit the list above it"
        if re.match(r"-[^\s-]", source.text[span.start : span.end]):
            return "a '-' needs a space after it", span, f"write {shown('- ' + source.text[span.start + 1 : span.end])}"
        deeper = len(complaint.before) > complaint.since - _line_start(source, complaint.since)
        return message, span, "indent it like the item above" if deeper else "start it with '- '"
    if complaint.char == "-":
        return "a list item cannot stand among keys", span, "indent the list under its key"
    message = "this line does not fit the lines above it"
    if "document start" in complaint.words:
        above = complaint.line_above()
        if above and source.text.startswith("...", source.line_starts[above - 1]):
            return "a second document starts here", span, "keep one document in a file"
        return (above and _no_pair(complaint, above)) or (message, span, "start all keys in the same column")
    above = complaint.line_above() or 0
    outer = source.line(complaint.since)
    like = f"the one above it, or like the key on line {outer}" if above > outer else f"the key on line {outer}"
    return message, span, f"indent it like {like}"


def _no_value(complaint: Complaint) -> Explanation:
    span = Span(complaint.at, complaint.at + 1)
    if complaint.char in (",", "]", "}") and "flow" in complaint.words:
        return f"a value is missing before '{complaint.char}'", span, None
    if complaint.char in (",", "]", "}"):
        return f"a value cannot start with '{complaint.char}'", span, _quote_it(complaint.char)
    missing = "a key is missing before this ':'" if complaint.char == ":" else "a value is missing here"
    return missing, span, None


def _list_here(complaint: Complaint) -> Explanation:
    span = Span(complaint.at, complaint.at + 1)
    return "a list cannot start here", span, "start it on the next line, or write it as [a, b]"


def _name(complaint: Complaint) -> Explanation:
    sign = complaint.source.text[complaint.since]
    span = Span(complaint.since, complaint.since + 1)
    return f"'{sign}' needs a name of letters and digits after it", span, _quote_it(sign)


def _bad_tag(complaint: Complaint) -> Explanation:
    return "this tag is not known", complaint.rest(complaint.since), _quote_it("!")


def _block_header(complaint: Complaint) -> Explanation:
    sign = complaint.source.text[complaint.since]
    span = complaint.rest(complaint.since)
    return f"only 1 to 9, + or - can follow '{sign}'", span, "start the text on the next line"


def _directive(complaint: Complaint) -> Explanation:
    span = complaint.rest(_line_start(complaint.source, complaint.at))
    return "this directive is not known", span, "remove the line"


def _question_mark(complaint: Complaint) -> Explanation:
    return "a value cannot start with '? '", Span(complaint.at, complaint.at + 1), _quote_it("?")


_RULES: tuple[tuple[str, Callable[[Complaint], Explanation]], ...] = (
    (r"cannot start any token", _bad_start),
    (r"found a tab character", _tab),
    (r"expected ',' or '[\]}]'", _bracket),
    (r"quoted scalar.*unexpected (end of stream|document)", _open_quote),
    (r"unknown escape", _unknown_escape),
    (r"quoted scalar.*(hexa?decimal|Unicode)", _bad_code),
    (r"mapping values are not allowed", _second_colon),
    (r"sequence entries are not allowed", _list_here),
    (r"mapping keys are not allowed", _question_mark),
    (r"expected ':'", _no_colon),
    (r"directive|incompatible YAML document", _directive),
    (r"expected (key|<block end>|'-' indicator)|document start", _stray_line),
    (r"node content", _no_value),
    (r"scanning an (alias|anchor)", _name),
    (r"(scanning|parsing) a tag|tag handle", _bad_tag),
    (r"block scalar", _block_header),
)
