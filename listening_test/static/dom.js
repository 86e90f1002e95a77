// Building the page: elements, icons, and the voice of a screen reader.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M6 4.5h4.5v15H6zM13.5 4.5H18v15h-4.5z",
  loop: "M17 3l4 4-4 4V8H7a3 3 0 0 0-3 3v1H2v-1a5 5 0 0 1 5-5h10zM7 21l-4-4 4-4v3h10a3 3 0 0 0 3-3v-1h2v1a5 5 0 0 1-5 5H7z",
  check: "M9.5 17.6 4 12.1l1.8-1.8 3.7 3.7L18.2 5.300 20 7.100z",
  lock: "M7 10V8a5 5 0 0 1 10 0v2h1.500v10h-13V10zM9.200 10h5.600V8a2.800 2.800 0 0 0-5.600 0z",
  sound: "M4 9.500v5h3.500L12 19V5L7.500 9.500zM14.500 8.500a5 5 0 0 1 0 7M17 6a8.500 8.500 0 0 1 0 12",
};

// attributes: names of HTML; a function under "onclick" and the like listens.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

// Text by paragraphs, as the author of a test wrote it: a blank line between two of them.
export function paragraphs(text) {
  const parts = (text ?? "").split(/\n\s*\n/).filter((part) => part.trim() !== "");
  return parts.map((part) => element("p", {}, part.trim()));
}

// Read aloud by a screen reader without moving the focus.
export function say(words) {
  document.getElementById("spoken").textContent = words;
}

// A problem that the rater should see; null takes it away.
export function notice(words) {
  const place = document.getElementById("notice");
  place.textContent = words ?? "";
  place.hidden = !words;
}
