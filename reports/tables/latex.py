r"""Tables as LaTeX: a `table`, or `table*`, that needs the package booktabs and nothing more.

    \usepackage{booktabs}
    \input{paper.tex}    % at top level: a file is a whole float

The best is bold, the second underlined. All that names bring along is escaped, and nothing but
ASCII is written, so that pdfLaTeX, XeLaTeX and LuaLaTeX read it alike.
"""

from __future__ import annotations

import re
import unicodedata

from codecbench.reports.tables.model import Cell, Column, Table

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "…": r"\ldots{}",
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "Δ": r"$\Delta$",
    "Σ": r"$\Sigma$",
    "ρ": r"$\rho$",
    "σ": r"$\sigma$",
    "µ": r"$\mu$",
    "μ": r"$\mu$",
    "°": r"$^\circ$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "\N{NO-BREAK SPACE}": "~",
    "\N{ZERO WIDTH SPACE}": "{}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
}
ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}
COLUMN_PT = 235.0
"""Width of one of two columns, in the narrowest of the common styles."""
LETTER_PT, SMALL_LETTER_PT, GAP_PT = 4.7, 3.9, 9.0
"""Widths of a letter in \\small and in \\scriptsize, and the space between columns."""


def to_latex(table: Table, *, wide: bool = False) -> str:
    """A floating table. wide: over both columns of a page that has two (`table*`)."""
    environment = "table*" if wide else "table"
    with_ends = [
        any(row.cells[i].interval for row in table.rows) for i in range(len(table.columns))
    ]
    lines = [
        "% needs \\usepackage{booktabs}",
        f"\\begin{{{environment}}}[t]",
        "\\centering",
        "\\setlength{\\belowcaptionskip}{4pt}",
        f"\\caption{{{escaped(table.title)}}}",
        f"\\label{{tab:{table.label}}}",
        "\\small",
        "\\setlength{\\tabcolsep}{4.5pt}",
        f"\\begin{{tabular}}{{@{{}}{_layout(table.columns, with_ends)}@{{}}}}",
        "\\toprule",
        *_heading(table.columns, with_ends),
        "\\midrule",
    ]
    for i, row in enumerate(table.rows):
        if row.starts_block and i:
            lines.append("\\addlinespace")
        cells = zip(row.cells, table.columns, with_ends, strict=True)
        lines.append(_line([_cell(cell, column, ends) for cell, column, ends in cells]))
    lines += ["\\bottomrule", "\\end{tabular}", *_notes(table), f"\\end{{{environment}}}"]
    return "\n".join(lines) + "\n"


def is_wide(table: Table) -> bool:
    """Whether a table is too wide for one of two columns of a page, by a guess at its letters."""
    widths = [GAP_PT * len(table.columns)]
    for i, column in enumerate(table.columns):
        arrow = 2 if column.direction != "neither" else 0
        cells = [row.cells[i] for row in table.rows]
        texts = max((len(cell.text) for cell in cells), default=0) * LETTER_PT
        ends = max((len(cell.interval) for cell in cells), default=0) * SMALL_LETTER_PT
        widths.append(max((len(column.heading) + arrow) * LETTER_PT, texts + ends))
    return sum(widths) > COLUMN_PT


def escaped(text: str) -> str:
    """Text that LaTeX sets as it stands; a letter that its fonts lack is named by its code."""
    # In a row, hyphens would become a dash, apostrophes and commas a quotation mark.
    apart = re.sub(r"([-',])(?=\1)", "\\1\N{ZERO WIDTH SPACE}", unicodedata.normalize("NFC", text))
    return "".join(map(_character, apart))


def _character(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character.isspace():
        return " "
    if " " < character <= "~":
        return character
    parts = unicodedata.normalize("NFD", character)
    letter, accent = parts[0], parts[1:]
    if accent in ACCENTS and letter.isascii():
        dotless = {"i": "\\i{}", "j": "\\j{}"}.get(letter, letter)
        return f"\\{ACCENTS[accent]}{{{dotless}}}"
    return f"[U+{ord(character):04X}]"


def _layout(columns: tuple[Column, ...], with_ends: list[bool]) -> str:
    """Numbers flush right; their intervals in a column of their own, so that means stay in line."""
    return "".join(
        ("r@{\\,}l" if ends else "r") if column.numbers else "l"
        for column, ends in zip(columns, with_ends, strict=True)
    )


def _heading(columns: tuple[Column, ...], with_ends: list[bool]) -> list[str]:
    """Headings, and their units in a second line where any has one, to keep columns narrow."""
    arrows = {"higher": "~$\\uparrow$", "lower": "~$\\downarrow$", "neither": ""}
    lines = [[f"{escaped(column.heading)}{arrows[column.direction]}" for column in columns]]
    if any(column.unit for column in columns):
        lines.append([f"({escaped(column.unit)})" if column.unit else "" for column in columns])
    return [
        _line(
            [
                f"\\multicolumn{{2}}{{c}}{{{t}}}" if e else t
                for t, e in zip(line, with_ends, strict=True)
            ]
        )
        for line in lines
    ]


def _line(cells: list[str]) -> str:
    text = f"{' & '.join(cells)} \\\\".lstrip()
    # Behind the end of the row above, these would be an argument of it.
    return f"{{}}{text}" if text.startswith(("[", "*")) else text


def _cell(cell: Cell, column: Column, ends: bool) -> str:
    if cell.repeats:
        return ""
    text = escaped(cell.text)
    if cell.best:
        # Not \textbf alone: the minus sign is mathematics, which \textbf leaves as it is.
        text = f"\\textbf{{\\boldmath {text}}}"
    if cell.second:
        text = f"\\underline{{{text}}}"
    marks = f"\\textsuperscript{{{','.join(cell.marks)}}}" if cell.marks else ""
    if ends:
        interval = f"{{\\scriptsize {escaped(cell.interval)}}}" if cell.interval else ""
        return f"{text} & {interval}{marks}"
    # A number's mark hangs over the edge, so that digits stay in line.
    return text + (f"\\rlap{{{marks}}}" if marks and column.numbers else marks)


def _notes(table: Table) -> list[str]:
    if not table.notes:
        return []
    lines = ["", "\\smallskip", "\\begin{minipage}{\\linewidth}\\footnotesize\\raggedright"]
    for note in table.notes:
        mark = f"\\textsuperscript{{{note.mark}}}\\," if note.mark else ""
        lines.append(f"{mark}{escaped(note.text)}\\par")
    return [*lines, "\\end{minipage}"]
