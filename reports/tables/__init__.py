"""Tables for papers: what a table is, the tables, and its writers (LaTeX, Markdown, CSV)."""
