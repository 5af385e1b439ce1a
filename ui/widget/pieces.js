// Small pieces that everything else is made of. Every text goes into the page as text: nothing
// here, and nothing that uses it, reads HTML.

const el = (tag, given = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

const icon = (...paths) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const drawn of paths) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", drawn);
    svg.append(path);
  }
  return svg;
};

const ICONS = {
  talk: ["M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 3.5V17A2.5 2.5 0 0 1 4 14.5z", "M8.5 9h7M8.5 12.5h4.5"],
  close: ["M6.5 6.5l11 11M17.5 6.5l-11 11"],
  fresh: ["M12 5.5v13M5.5 12h13"],
  send: ["M12 19V5.5M6 11l6-6 6 6"],
  stop: ["M8 8h8v8H8z"],
  up: ["M7.5 10.5v9H5v-9zM7.5 11l3.5-6.5c1.3 0 2 .8 2 2V10h5a1.5 1.5 0 0 1 1.5 1.8l-1.2 6.2a1.9 1.9 0 0 1-1.9 1.5H7.5"],
  down: ["M16.5 13.5v-9H19v9zM16.5 13l-3.5 6.5c-1.3 0-2-.8-2-2V14H6a1.5 1.5 0 0 1-1.5-1.8l1.2-6.2a1.9 1.9 0 0 1 1.9-1.5h8.9"],
  bag: ["M5.5 9h13l1 10.5h-15z", "M9 11.5V8a3 3 0 0 1 6 0v3.5"],
};

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// A link that a browser may follow: http or https, nothing that runs a script.
const webLink = (url) => {
  if (typeof url !== "string" || !url) return null;
  try {
    const read = new URL(url, location.href);
    return /^https?:$/.test(read.protocol) && read.hostname ? read.href : null;
  } catch {
    return null;
  }
};

// Ids that cannot be guessed, also on a page without https, where randomUUID is missing.
const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

const luminance = ([r, g, b]) => {
  const part = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const contrast = (one, two) => {
  const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

// A shop's colour as a surface, as the ink on that surface, and as ink on paper: the last is moved
// towards the paper's opposite until it can be read (WCAG 2: 4.5 to 1).
const accents = (given, paper, dark) => {
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec((given || "").trim());
  if (!hex) return null;
  const long = hex[1].length === 3 ? hex[1].replace(/./g, "$&$&") : hex[1];
  const colour = [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16));
  const [white, black] = [[255, 255, 255], [16, 20, 18]];
  const ink = contrast(colour, white) >= contrast(colour, black) ? white : black;
  let read = colour;
  for (let step = 1; step <= 20 && contrast(read, paper) < 4.6; step += 1) {
    read = colour.map((c) => Math.round(c + ((dark ? 255 : 0) - c) * (step / 20)));
  }
  const rgb = (parts) => `rgb(${parts.join(" ")})`;
  return { "--accent": rgb(colour), "--accent-ink": rgb(ink), "--accent-text": rgb(read) };
};
