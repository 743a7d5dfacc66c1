"""What a model has to say: the program's JSON as a dict, its table, and its text."""

from __future__ import annotations

import html
import json
from typing import Any

from .frames import Column, Frame, Output, frame


class Result(dict[str, Any]):
    """The JSON of the program as a dict. `table` is its table, and `str()` gives the text that the program prints."""

    def __init__(self, data: str, text: str, columns: list[Column] | None = None, output: Output | None = None) -> None:
        super().__init__(json.loads(data))
        self._text = text
        self._columns = columns
        self._output = output

    @property
    def table(self) -> Frame:
        """The result as a table: a `pandas.DataFrame`, or what `set_output` says."""
        if self._columns is None:
            raise AttributeError("this result has no table")
        return frame(self._columns, self._output)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._text

    def __reduce__(self) -> Any:
        return type(self), (json.dumps(dict(self)), self._text, self._columns, self._output)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self._text)}</pre>"


#: Colours of topics, the largest first, light enough for black text.
_COLOURS = ("#a6dba0", "#9ecae1", "#fdd49e", "#d4b9da", "#c7e9c0", "#fcbba1")


class Explanation(Result):
    """Why a text has its topics: `topics` with their shares, and `words` with their places (bytes of the text in UTF-8)
    and their parts of topics. A notebook shows the text with its words in the colours of topics."""

    def _repr_html_(self) -> str:
        text = self["text"].encode()
        colours = {str(topic["topic"]): colour for topic, colour in zip(self["topics"], _COLOURS, strict=False)}
        parts, at = [], 0
        for word in self["words"]:
            if word["start"] < at or not word["parts"]:
                continue
            topic = max(word["parts"], key=word["parts"].get)
            parts.append(html.escape(text[at : word["start"]].decode()))
            shown = html.escape(text[word["start"] : word["end"]].decode())
            colour = colours.get(topic)
            parts.append(f'<mark style="background:{colour}" title="topic {topic}">{shown}</mark>' if colour else shown)
            at = word["end"]
        parts.append(html.escape(text[at:].decode()))
        head = ", ".join(
            f'<mark style="background:{colours.get(str(topic["topic"]), "none")}">'
            f"{topic['topic']} {html.escape(topic['name'])}</mark> {topic['share']:.0%}"
            for topic in self["topics"][: len(_COLOURS)]
        )
        return f'<p>{head}</p><p style="white-space:pre-wrap">{"".join(parts)}</p>'


class Picture:
    """A picture as SVG, which a notebook shows."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<picture of {len(self.svg):,} bytes; .save(path) writes it as .svg>"

    def save(self, path: Any) -> None:
        """Writes the picture into a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.svg)


def topics_html(caption: str, topics: list[Column]) -> str:
    """The table of topics for a notebook, with a bar for the share of each."""
    columns = {name: values for name, _, values in topics}
    names = ("topic", "name", "share", "documents", "words", "verdicts")
    cells = (columns["topic"][0], *(columns[name] for name in names[1:3]), columns["documents"][0])
    rows = zip(*cells, columns["words"], columns["verdicts"], strict=True)
    largest = max(columns["share"], default=0.0) or 1.0
    body = "".join(
        f"<tr><td>{topic}</td><td style='text-align:left'>{html.escape(name)}</td><td>{share:.1%} "
        f"<div style='height:4px;background:#4c78a8;width:{60 * share / largest:.0f}px'></div></td>"
        f"<td>{size:,}</td><td style='text-align:left'>{html.escape(words)}</td>"
        f"<td style='text-align:left'>{html.escape(verdict)}</td></tr>"
        for topic, name, share, size, words, verdict in rows
    )
    head = "".join(f"<th>{name}</th>" for name in names)
    return f"<table><caption>{html.escape(caption)}</caption><tr>{head}</tr>{body}</table>"
