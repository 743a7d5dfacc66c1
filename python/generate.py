"""Writes what is made of other sources: `package/topicmill/parameters.py` from the configuration of the program, and
`docs/python.md` from the docstrings. With `--check`, says what is not up to date and changes nothing."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
REFERENCE = ROOT.parent / "docs" / "python.md"
PARAMETERS = ROOT / "package" / "topicmill" / "parameters.py"

#: Types of parameters that their defaults do not tell.
TYPES = {
    "encoding": "str",
    "id_column": "str",
    "label_column": "str",
    "date_column": "str",
    "delimiter": "str",
    "quote": "str",
    "term_names": "str",
    "document_names": "str",
    "token_pattern": "str",
    "phrases": "float",
    "max_terms": "int",
    "document_weights": "str",
    "min_df": 'int | float | Literal["auto"]',
    "max_df": 'int | float | Literal["auto"]',
    "ngrams": "Sequence[int]",
    "term_weights": "Mapping[str, float]",
    "seeds": "Sequence[Sequence[str]]",
    "excluded": "Sequence[Sequence[str]]",
    **dict.fromkeys(
        ("text_column", "strip", "stopwords", "extra_stopwords", "vocabulary", "views"), "str | Sequence[str]"
    ),
    "n_topics": 'int | Literal["auto"]',
}


def parameters() -> list[tuple[str, str, str, str]]:
    """Stage, name, default (empty for none) and meaning of every parameter."""
    from topicmill import _core

    found, stage, meaning = [], "", []
    for line in _core.default_config().split("\n\n", 1)[1].splitlines():
        if line.startswith("["):
            stage, meaning = line.strip("[]"), []
        elif line.startswith("# ") and not line.endswith(" ="):
            meaning.append(line.removeprefix("# "))
        elif line:
            name, _, default = line.removeprefix("# ").partition(" =")
            found.append((stage, name, default.strip(), " ".join(meaning)))
            meaning = []
    return found


def type_of(name: str, default: str) -> str:
    if name in TYPES:
        return TYPES[name]
    if default in ("true", "false"):
        return "bool"
    if default.startswith('"'):
        return "str"
    if default.startswith("["):
        return "Sequence[str]"
    return "float" if "." in default or "e" in default else "int"


def typed_dict() -> str:
    lines = [
        '"""Parameters of the stages, by name. Made by generate.py of the program\'s configuration."""',
        "",
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping, Sequence",
        "from typing import Literal, TypedDict",
        "",
        "",
        "class Parameters(TypedDict, total=False):",
        '    """Every parameter but `n_topics`, with its meaning. None leaves the default."""',
    ]
    for stage, name, default, meaning in parameters():
        if name == "n_topics":
            continue
        lines += ["", f"    {name}: {type_of(name, default)} | None"]
        told = f"{meaning} Default: {default or 'none'}. ({stage})".replace('"', "'")
        lines += ['    """' + "\n    ".join(wrapped(told, 112)) + '"""']
    return "\n".join(lines) + "\n"


def wrapped(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def reference() -> str:
    import topicmill

    lines = [
        "# The Python package: reference",
        "",
        "Made by `python/generate.py` of the docstrings and of the program's configuration.",
        "",
    ]
    for name in ("TopicModel", "Dataset", "Result", "Explanation", "Picture", "KLNMF", "FrobeniusNMF"):
        described(lines, name, getattr(topicmill, name))
    for name in ("load", "set_output", "set_n_threads", "get_n_threads", "set_max_memory", "default_config"):
        function(lines, "##", name, getattr(topicmill, name))
    lines += ["## Exceptions", ""]
    for name in sorted(n for n in topicmill.__all__ if n.endswith("Error")):
        error = getattr(topicmill, name)
        bases = ", ".join(f"`{base.__name__}`" for base in error.__bases__)
        lines += [f"* `{name}` ({bases}): {inspect.getdoc(error)}"]
    lines += [""]
    for module in ("bertopic", "gensim", "pyldavis", "spacy"):
        adapter = __import__(f"topicmill.adapters.{module}", fromlist=["x"])
        lines += [f"## `topicmill.adapters.{module}`", "", *body(adapter)]
        for name in adapter.__all__:
            thing = getattr(adapter, name)
            if inspect.isclass(thing):
                described(lines, name, thing, "###")
            else:
                function(lines, "###", name, thing)
    lines += ["## Parameters", "", "| parameter | default | meaning |", "|---|---|---|"]
    for _, name, default, meaning in parameters():
        cells = (f"`{name}`", f"`{default}`" if default else "", meaning.replace("|", "\\|"))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def body(thing: object) -> list[str]:
    return [*(inspect.getdoc(thing) or "").splitlines(), ""]


def described(lines: list[str], name: str, kind: type, level: str = "##") -> None:
    signature = "" if issubclass(kind, dict) else str(inspect.signature(kind))
    lines += [f"{level} `{name}`", "", *code(f"{name}{signature}"), *sections(body(kind))]
    # A part of a class that stands in a file of its own is described with it.
    parts = [kind, *(base for base in kind.__bases__ if base.__name__.startswith("_"))]
    for member, value in (item for part in parts for item in vars(part).items()):
        if member.startswith("_") or inspect.getdoc(value) is None:
            continue
        if isinstance(value, property):
            lines += [f"{level}# `{name}.{member}`", "", *sections(body(value))]
        elif inspect.isfunction(value) or isinstance(value, classmethod):
            function(lines, f"{level}#", f"{name}.{member}", getattr(kind, member))


def function(lines: list[str], level: str, name: str, value: object) -> None:
    lines += [f"{level} `{name}`", "", *code(f"{name}{inspect.signature(value)}"), *sections(body(value))]  # type: ignore[arg-type]


def code(text: str) -> list[str]:
    text = re.sub(r"(: | -> )'([^=]*?)'(?=[,) ]|$)", r"\1\2", text)
    return ["```python", text.replace("(self, ", "(").replace("(self)", "()").replace(" -> None", ""), "```", ""]


def sections(lines: list[str]) -> list[str]:
    """A docstring as Markdown: sections as bold words, their entries as list, examples as code."""
    out: list[str] = []
    section, example = "", False
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        if example and line:
            out.append(line)
            continue
        if line.startswith(">>>") and not example:
            example = True
            out += ["```python", line]
            continue
        if example and not line:
            example = False
            out.append("```")
        if set(following) == {"-"}:
            section = line
            out.append(f"**{line}**")
        elif line and set(line) == {"-"}:
            out.append("")
        elif section and line and not line.startswith(" ") and section in ("Parameters", "Attributes"):
            out.append(f"* `{line}`")
        elif line.startswith("    ") and not example:
            out.append("  " + line.strip())
        else:
            out.append(line)
    return out + (["```", ""] if example else [])


def main() -> int:
    made = {PARAMETERS: typed_dict, REFERENCE: reference}
    stale = []
    for path, make in made.items():
        content = make()
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        stale.append(path.name)
        if "--check" not in sys.argv:
            path.write_text(content, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"not up to date: {', '.join(stale)}; run python/generate.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
