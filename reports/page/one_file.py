"""A page as one HTML file: template, style, scripts, and data for the scripts.

Names of codecs and clips are anybody's: all text passes through autoescaping, data for scripts is
JSON that cannot end its script, and a content security policy lets nothing run but the page's own
code.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from codecbench.readable import utf8

HERE = "codecbench.reports.page"


def one_file(
    template: str,
    context: Mapping[str, Any],
    data_blocks: Iterable[tuple[str, Any]],
    scripts: Sequence[str],
    packages: Sequence[str] = (HERE,),
) -> bytes:
    """Render a template as UTF-8.

    data_blocks: pairs of an element's id and what its script reads as JSON. scripts: names of those
    in `static/`, in their order. packages: where templates are looked for, in this order.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    static = files(HERE) / "static"
    style = (static / "page.css").read_text("utf-8")
    script = "\n".join((static / f"{name}.js").read_text("utf-8") for name in scripts)
    page = environment.get_template(template).render(
        dict(context)
        | {
            "data_blocks": [(name, Markup(_json(data))) for name, data in data_blocks],
            "style": Markup(style),
            "script": Markup(script),
            "policy": _policy(style, script),
        }
    )
    return utf8(page)


def _policy(style: str, script: str) -> str:
    """Nothing but this style, this script and pictures that are in the page."""
    rules = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
