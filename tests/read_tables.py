"""Reads tables as other programs do, and compares them cell by cell with what they should hold.

    python3 read_tables.py TABLE.json FILE.tsv|FILE.csv ...

TABLE.json is the table as `topicmill export --format json` writes it. Each file is read by Python's csv module, by the rules of
R's read.delim and read.csv, by R itself where there is an Rscript, and by pandas and polars where they are installed. Prints
the readers that agreed; exits with 1 at the first cell that differs.
"""

import csv
import json
import shutil
import subprocess
import sys


def by_python(path, separator):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=separator))


def by_the_rules_of_r(path, separator):
    """A carriage return ends a row even within quotes; a quote counts at the start of a field only, and is doubled within."""
    with open(path, newline="", encoding="utf-8") as file:
        text = file.read()
    assert "\0" not in text, "R ends a text at NUL"
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows, row, at = [], [], 0
    while at < len(text):
        field = ""
        if text[at] == '"':
            at += 1
            while text[at] != '"' or text[at + 1 : at + 2] == '"':
                field += text[at]
                at += 2 if text[at] == '"' else 1
            at += 1
        while text[at] not in (separator, "\n"):
            field += text[at]
            at += 1
        row.append(field)
        if text[at] == "\n":
            rows.append(row)
            row = []
        at += 1
    return rows


def by_r(path, separator):
    if shutil.which("Rscript") is None:
        return None
    function = "read.delim" if separator == "\t" else "read.csv"
    program = f"""
        table <- {function}(commandArgs(TRUE)[1], colClasses = "character", na.strings = character(),
                            encoding = "UTF-8", check.names = FALSE)
        for (cell in c(names(table), as.vector(t(as.matrix(table))))) cat(enc2utf8(cell), "\\1", sep = "")
        cat(ncol(table))
    """
    done = subprocess.run(["Rscript", "-e", program, path], capture_output=True, check=True)
    *cells, n_columns = done.stdout.decode("utf-8").split("\1")
    n_columns = int(n_columns)
    return [cells[i : i + n_columns] for i in range(0, len(cells), n_columns)]


def by_pandas(path, separator):
    try:
        import pandas
    except ImportError:
        return None
    table = pandas.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    return [list(table.columns)] + table.values.tolist()


def by_polars(path, separator):
    try:
        import polars
    except ImportError:
        return None
    table = polars.read_csv(path, separator=separator, infer_schema=False).fill_null("")
    return [table.columns] + [list(row) for row in table.rows()]


def is_same(cell, expected):
    if isinstance(expected, (int, float)):
        return cell != "" and float(cell) == float(expected)
    return cell == ("" if expected is None else expected)


def main(source, *paths):
    with open(source, encoding="utf-8") as file:
        expected = json.load(file)["rows"]
    columns = list(expected[0])
    readers = set()
    for path in paths:
        separator = "\t" if path.endswith(".tsv") else ","
        for read in (by_python, by_the_rules_of_r, by_r, by_pandas, by_polars):
            rows = read(path, separator)
            if rows is None:
                continue
            readers.add(read.__name__)
            who = f"{path} {read.__name__}"
            assert rows[0] == columns, f"{who}: {rows[0]} in place of {columns}"
            assert len(rows) - 1 == len(expected), f"{who}: {len(rows) - 1} rows in place of {len(expected)}"
            for number, (row, wanted) in enumerate(zip(rows[1:], expected)):
                for cell, (column, value) in zip(row, wanted.items(), strict=True):
                    assert is_same(cell, value), f"{who}: row {number}, {column}: {cell!r} in place of {value!r}"
    print(" ".join(sorted(readers)))


main(*sys.argv[1:])
