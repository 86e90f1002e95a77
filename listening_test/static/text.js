// The words of the page, in the rater's language: the server put the catalogue into the page.

const CATALOGUE = JSON.parse(document.getElementById("text").textContent);

export const LANGUAGE = document.documentElement.lang;

// The words under `key`; `{name}` in them becomes values.name.
export function t(key, values = {}) {
  if (!(key in CATALOGUE)) throw new Error(`no text ${key}`);
  return CATALOGUE[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// "1, 3 and 4" as this language says it.
export function list(names) {
  if (!Intl.ListFormat) return names.join(", ");
  return new Intl.ListFormat(LANGUAGE, { type: "conjunction" }).format(names);
}

export function seconds(value) {
  return value.toLocaleString(LANGUAGE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
