// Tables that sort by their headings, and choices of which table is shown.
"use strict";

function sortBy(table, heading) {
  const headings = [...table.tHead.rows[0].cells];
  const column = headings.indexOf(heading);
  const before = heading.getAttribute("aria-sort");
  const down = before === "ascending" || (before === "none" && heading.dataset.first === "down");
  for (const other of headings) {
    if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
  }
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [row.cells[column].dataset.order, row]);
  const numeric = rows.every(([order]) => order === undefined || !Number.isNaN(Number(order)));
  rows.sort(([a], [b]) => {
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    const way = numeric ? Number(a) - Number(b) : a.localeCompare(b);
    return down ? -way : way;
  });
  body.append(...rows.map(([, row]) => row));
}

for (const button of document.querySelectorAll("th > button")) {
  button.addEventListener("click", () => sortBy(button.closest("table"), button.parentElement));
}

for (const group of document.querySelectorAll(".panels")) {
  const selects = [...group.querySelectorAll("select")];
  const show = () => {
    const wanted = selects.map((select) => select.value).join("|");
    for (const panel of group.querySelectorAll("[data-panel]")) {
      panel.hidden = panel.dataset.panel !== wanted;
    }
  };
  for (const select of selects) select.addEventListener("change", show);
  if (selects.length) show();
}
