"""Every table as LaTeX, compiled by pdfLaTeX with booktabs and nothing more.

The text of the compiled page is read back from the PDF where poppler is there to read it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pytest
from made_reports import Values, made_report

from codecbench.categories import EVERY
from codecbench.reports.tables.ablation import ablation_table
from codecbench.reports.tables.bd import bd_table
from codecbench.reports.tables.latex import escaped, is_wide, to_latex
from codecbench.reports.tables.model import Cell, Column, Note, Row, Table
from codecbench.reports.tables.mushra import mushra_table
from codecbench.reports.tables.paper import paper_table

if TYPE_CHECKING:
    from codecbench.reports.report import Report
    from codecbench.reports.statistics.listening import Ratings

DOCUMENT = r"""\documentclass[10pt,twocolumn]{article}
\usepackage{booktabs}
\begin{document}
See Tables %s.
%s
\end{document}
"""

SIX = (-1.0, 2.0, 3.0, 4.0, 5.0, 60.0)
POINTS: dict[tuple[str, float], dict[str, Values]] = {
    ("dac:/path/with_underscores", 8.0): {"mel": SIX, "visqol": SIX},
    ("dac:/path/with_underscores", 2.0): {"mel": SIX, "visqol": [*SIX[:5], None]},
    ("opus,vbr=cbr", 8.0): {"mel": [-v for v in SIX], "si_sdr": SIX},
    ('50% & #1 {x} $y^2$ ~ \\n <a|b> "q" --x', 24.0): {"mel": [None] * 6},
    ("naïve Łódź čeština Ø µ Δ 編解碼器 😀", 9.0): {"mel": [v + 1 for v in SIX]},
    ("lowpass", 3.5): {"mel": SIX},
}
EVERY_COLUMN = ["bandwidth", "mel", "stft", "visqol", "si_sdr"]


def ratings() -> Ratings:
    rows: list[dict[str, Any]] = [
        {"condition": "reference", "kind": "hidden_reference", "mean": 95.0},
        {"condition": "opus@8", "kind": "codec", "mean": 48.3},
        {"condition": "dac_x@8", "kind": "codec", "mean": 69.9},
        {"condition": "c@8", "kind": "codec", "mean": 20.0},
        {"condition": "anchor35", "kind": "low_anchor", "mean": 21.0},
        {"condition": "unheard", "kind": "codec", "mean": float("nan")},
    ]
    frame = pd.DataFrame(rows).assign(series="", point="", median=50.0, raters=12)
    frame["ci_low"], frame["ci_high"] = frame["mean"] - 3.3, frame["mean"] + 3.3
    return cast("Ratings", SimpleNamespace(title="Opus & friends", conditions=frame))


def report_with_bd() -> Report:
    row: dict[str, Any] = {
        "metric": "mel",
        "protocol": "paper",
        "category": EVERY,
        "direction": "lower",
    }
    row |= {"clips": 6, "why_not": "", "quality_why_not": ""}
    row |= {"anchor_lacks": "", "test_lacks": ""}
    pairs: list[dict[str, Any]] = [
        {"anchor": "a_b", "test": "c%", "bd_rate_percent": -23.4, "rate_low": -30, "rate_high": 9},
        {"anchor": "c%", "test": "a_b", "why_not": "the curves overlap by 20%, under 50%"},
    ]
    frame = pd.DataFrame([row | pair for pair in pairs])
    for name in ("bd_quality", "quality_low", "quality_high"):
        frame[name] = [0.5, float("nan")]
    return cast("Report", SimpleNamespace(bd=frame))


def test_a_codec_without_any_comparison_has_a_note_and_no_row() -> None:
    pairs = [(a, b) for a in ("a", "b", "lyra") for b in ("a", "b", "lyra") if a != b]
    lacks = {"lyra": "has 3 operating points with a bitrate, and 4 are needed"}
    frame = pd.concat(
        [
            report_with_bd()
            .bd.iloc[:1]
            .assign(
                anchor=a,
                test=b,
                anchor_lacks=lacks.get(a, ""),
                test_lacks=lacks.get(b, ""),
            )
            for a, b in pairs
        ]
    )
    table = bd_table(cast("Report", SimpleNamespace(bd=frame)), "mel")
    assert [column.key for column in table.columns] == ["compared_with", "a", "b"]
    assert [row.cells[0].text for row in table.rows] == ["a", "b"]
    notes = [note.text for note in table.notes]
    assert notes.count("lyra has 3 operating points with a bitrate, and 4 are needed.") == 1
    assert to_latex(table).count("4 are needed") == 1


def tables() -> dict[str, Table]:
    report = made_report(POINTS)
    first = "dac:/path/with_underscores"
    return {
        "paper": paper_table(report, EVERY_COLUMN),
        "paper with intervals": paper_table(report, EVERY_COLUMN, intervals=True),
        "ablation": ablation_table(report, first, columns=["mel", "visqol"]),
        "ablation by differences": ablation_table(
            report, first, columns=["mel", "visqol"], differences=True, intervals=True
        ),
        "mushra": mushra_table(ratings()),
        "bd rate": bd_table(report_with_bd(), "mel"),
        "bd quality": bd_table(report_with_bd(), "mel", quantity="quality"),
        "one row": paper_table(made_report({("a", 2.0): {"mel": [1.0]}}), ["mel"]),
        "no row": Table("None", "none", (Column("a", "A"),), ()),
    }


@pytest.fixture
def pdflatex() -> str:
    found = shutil.which("pdflatex")
    if not found:
        pytest.skip("no TeX here: install texlive-latex-base and texlive-latex-recommended")
    return found


def compiled(pdflatex: str, folder: Path, made: Iterable[Table]) -> tuple[str, Path]:
    """The log of the second pass, and the PDF."""
    labelled = [replace(table, label=f"t{i}-{table.label}") for i, table in enumerate(made)]
    references = "".join(f"\\ref{{tab:{table.label}}} " for table in labelled)
    texts = (to_latex(table, wide=is_wide(table)) for table in labelled)
    source = folder / "tables.tex"
    source.write_text(DOCUMENT % (references, "\n".join(texts)), encoding="ascii")
    for _ in range(2):
        done = subprocess.run(
            [pdflatex, "-interaction=nonstopmode", "-halt-on-error", source.name],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout, source.with_suffix(".pdf")


def test_every_table_compiles(pdflatex: str, tmp_path: Path) -> None:
    log, pdf = compiled(pdflatex, tmp_path, tables().values())
    assert not re.search(r"^!|undefined|multiply|Missing character", log, re.MULTILINE), log
    assert pdf.stat().st_size > 5000


def test_what_is_called_narrow_fits_a_column(pdflatex: str, tmp_path: Path) -> None:
    narrow = {name: table for name, table in tables().items() if not is_wide(table)}
    assert "mushra" in narrow
    assert is_wide(tables()["paper with intervals"])
    log, _ = compiled(pdflatex, tmp_path, narrow.values())
    assert "Overfull \\hbox" not in log


def test_the_page_shows_names_as_they_are(pdflatex: str, tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if not reader:
        pytest.skip("no pdftotext here: install poppler-utils")
    nasty = "50% & #1 {x} $y^2$ ~ \\n <a|b> -- naïve"
    column = Column("name", "Name", numbers=False)
    table = Table("T", "t", (column,), (Row((Cell(nasty),)),), (Note("a – b ± c", "a"),))
    _, pdf = compiled(pdflatex, tmp_path, [table])
    page = subprocess.run(
        [reader, "-layout", pdf.name, "-"], cwd=tmp_path, capture_output=True, check=True
    ).stdout.decode()
    squeezed = re.sub(r"\s", "", page)
    for word in ("50%&#1{x}$y", "2$", "\\n<a|b>--na", "a–b±c"):
        assert word in squeezed, page


def test_a_row_may_begin_as_an_argument_does(pdflatex: str, tmp_path: Path) -> None:
    column = Column("name", "Name", numbers=False)
    rows = tuple(Row((Cell(name),)) for name in ("a", "[x]", "*y", "音乐", "*"))
    compiled(pdflatex, tmp_path, [Table("T", "t", (column,), rows)])
    lines = to_latex(Table("T", "t", (column,), rows)).splitlines()
    assert {"{}[x] \\\\", "{}*y \\\\"} <= set(lines)


def test_what_is_written_is_ascii_and_balanced() -> None:
    for table in tables().values():
        text = to_latex(table)
        assert text.isascii()
        unescaped = re.sub(r"\\[{}]", "", text)
        assert unescaped.count("{") == unescaped.count("}")
        assert text.count("\\begin{") == text.count("\\end{")


def test_rows_have_as_many_cells_as_the_table_has_columns() -> None:
    table = paper_table(made_report(POINTS), EVERY_COLUMN, intervals=True)
    rows = to_latex(table).split("\\midrule")[1].split("\\bottomrule")[0]
    cells = [row.replace("\\&", "").count("&") + 1 for row in rows.split("\\\\") if row.strip()]
    # Mean and interval have a column each where a column has intervals.
    layout = re.search(r"begin\{tabular\}\{@\{\}(.*)@\{\}\}", to_latex(table))
    assert layout
    assert set(cells) == {len(re.findall("[lr]", layout[1].replace("@{\\,}", "")))}


def test_letters_that_fonts_lack_are_named() -> None:
    assert escaped("編") == "[U+7DE8]"
    assert escaped("é ß ł") == r"\'{e} \ss{} \l{}"
    assert escaped("−1 ± 2") == r"$-$1 $\pm$ 2"
    assert escaped("a--b---c") == "a-{}-b-{}-{}-c"
    assert escaped("a''b") != escaped('a"b')
    assert escaped("a,,b") == "a,{},b"


def test_best_is_bold_and_second_underlined() -> None:
    points = {("a", 2.0): {"mel": [2.0]}, ("b", 2.0): {"mel": [3.0]}, ("c", 2.0): {"mel": [1.0]}}
    text = to_latex(paper_table(made_report(points), ["mel"]))
    assert r"c & 2.00 & \textbf{\boldmath 1.00} \\" in text
    assert r"a & 2.00 & \underline{2.00} \\" in text
    assert r"b & 2.00 & 3.00 \\" in text


def test_codecs_of_a_listening_test_are_ranked_among_codecs() -> None:
    table = mushra_table(ratings())
    names = [row.cells[0].text for row in table.rows]
    assert names == ["hidden reference", "dac_x@8", "opus@8", "c@8", "3.5 kHz anchor"]
    assert [row.cells[1].best for row in table.rows] == [False, True, False, False, False]
    assert [row.cells[1].second for row in table.rows] == [False, False, True, False, False]
    assert [row.cells[1].interval for row in table.rows] == ["± 3.3"] * 5


def test_a_pair_without_bd_rate_says_why() -> None:
    table = bd_table(report_with_bd(), "mel")
    (_, (_, undefined, _)) = (row.cells for row in table.rows)
    assert undefined.text == "–"
    assert table.notes[0].text == "not defined: the curves overlap by 20%, under 50%"
    defined = table.rows[0].cells[2]
    assert (defined.text, defined.interval) == ("−23", "[−30, +9]")
