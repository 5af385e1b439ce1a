// One answer as the shopper sees it: text with its markers, cards, table, footnotes.

const MARKER = /\[(\d{1,2})\]/g;

// Where the catalogue has no link or picture of a product, the page may say how they are made.
const madeUrl = (pattern, id) => (pattern ? webLink(pattern.replaceAll("{id}", encodeURIComponent(id))) : null);

const price = (value, currency, lang) => {
  const digits = Number.isInteger(value) ? 0 : 2;
  try {
    return new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-US", {
      style: "currency", currency, currencyDisplay: "narrowSymbol",
      minimumFractionDigits: digits, maximumFractionDigits: Math.max(digits, 2),
    }).format(value);
  } catch {
    return `${value} ${currency}`;
  }
};

// Text as it is; a marker that something stands behind becomes a small button to its footnote.
const written = (text, cited, texts, show) => {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(MARKER)) {
    if (!cited.has(match[1])) continue;
    parts.push(text.slice(end, match.index));
    const marker = match[1];
    parts.push(
      el("button", {
        type: "button", class: "cite", "aria-label": filled(texts.source, { marker }),
        onclick: () => show(marker),
      }, marker),
    );
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
};

// A drawing that stands where there is no picture, or where the page's policy lets none in. The
// same product always has the same tint.
const picture = (product, made) => {
  let hue = 0;
  for (const char of String(product.id)) hue = (hue * 31 + char.codePointAt(0)) % 360;
  const frame = el("div", { class: "picture", "aria-hidden": "true" }, icon(...ICONS.bag));
  frame.style.setProperty("--hue", hue);
  const url = webLink(product.image_url) ?? madeUrl(made.image, product.id);
  if (url) {
    const image = el("img", { alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" });
    image.addEventListener("load", () => {
      frame.classList.add("seen");
      frame.replaceChildren(image);
    });
    // A picture that is lazy and nowhere in the page is never fetched.
    frame.append(image);
    image.addEventListener("error", () => image.remove());
    image.src = url;
  }
  return frame;
};

const rated = (product, texts) => {
  if (typeof product.rating !== "number") return null;
  const count = product.rating_count;
  const known = typeof count === "number";
  const values = { rating: product.rating, count: known ? count.toLocaleString("en-US") : "" };
  return el("span", { class: "rating", role: "img", "aria-label": filled(known ? texts.rated : texts.rated_alone, values) },
    el("span", { class: "star" }, "★"), ` ${values.rating}`,
    known ? el("span", { class: "quiet" }, ` (${values.count})`) : null);
};

const reason = (given, texts) =>
  el("li", { class: given.met ? "met" : "unmet" },
    el("span", { class: "mark", role: "img", "aria-label": given.met ? texts.met : texts.not_met }, given.met ? "✓" : "–"),
    el("span", { dir: "auto" }, given.text));

const card = (product, picked, lang, texts, made, without) => {
  const url = webLink(product.url) ?? madeUrl(made.product, product.id);
  const own = url && new URL(url).origin === location.origin;
  const title = url
    ? el("a", own ? { href: url } : { href: url, target: "_blank", rel: "noopener noreferrer nofollow", title: texts.new_tab }, product.title)
    : product.title;
  const reduced = product.list_price > product.price;
  // What merely orders the products is no reason that a shopper would give.
  const reasons = (product.reasons || []).filter((r) => (!r.part || r.part === "wishes") && !without.has(r.text)).slice(0, 4);
  return el("li", { class: picked ? "card picked" : "card", "data-product": product.id },
    picture(product, made),
    el("div", { class: "facts" },
      picked ? el("span", { class: "badge" }, texts.pick) : null,
      el("h3", { dir: "auto" }, title),
      el("p", { class: "price-line" },
        el("span", { class: "price" }, price(product.price, product.currency, lang)),
        reduced ? el("s", { class: "quiet" }, el("span", { class: "hidden" }, `${texts.was} `), price(product.list_price, product.currency, lang)) : null,
        rated(product, texts))),
    reasons.length ? el("ul", { class: "reasons" }, ...reasons.map((r) => reason(r, texts))) : null);
};

// The shop's advice that speaks for every product alike is told once, below them.
const cards = (products, pick, lang, texts, made) => {
  if (!products.length) return null;
  const advice = (product) => (product.reasons || []).filter((r) => /^advice:/.test(r.source)).map((r) => r.text);
  const shared = products.length < 2 ? [] : advice(products[0]).filter((text) => products.every((p) => advice(p).includes(text)));
  const without = new Set(shared);
  return el("div", { class: "shelf" },
    el("ul", { class: "cards", "aria-label": texts.products }, ...products.map((p) => card(p, p.id === pick, lang, texts, made, without))),
    ...[...without].map((text) => el("p", { class: "advice", dir: "auto" }, el("b", {}, `${texts.advice}: `), text)));
};

const table = (comparison, products, texts) => {
  if (!comparison?.rows?.length) return null;
  const title = (id) => products.find((p) => p.id === id)?.title ?? id;
  const heads = comparison.products.map((id, at) =>
    el("th", { scope: "col", dir: "auto" }, el("span", { class: "number" }, String(at + 1)), ` ${title(id)}`));
  const rows = comparison.rows.map((row) =>
    el("tr", {}, el("th", { scope: "row", dir: "auto" }, row.label),
      ...row.values.map((value, at) =>
        value === null ? el("td", { class: "quiet" }, texts.not_told)
          : el("td", { class: at === row.best ? "best" : null, dir: "auto" }, value,
            at === row.best ? el("span", { class: "mark", role: "img", "aria-label": texts.best }, " ✓") : null))));
  // A wide table scrolls by itself, with the keyboard too.
  return el("div", { class: "compare", role: "region", "aria-label": texts.comparison, tabindex: "0" },
    el("table", {}, el("thead", {}, el("tr", {}, el("td"), ...heads)), el("tbody", {}, ...rows)));
};

// What a citation rests on, in words: a record's field, the shop's advice, a clause, an order.
const sourceOf = (citation, products, lang, texts) => {
  const [, kind, rest] = /^([a-z]+):(.*)$/s.exec(citation.source) || [null, "", citation.source];
  const cut = rest.lastIndexOf("#");
  const [name, part] = cut < 0 ? [rest, ""] : [rest.slice(0, cut), rest.slice(cut + 1)];
  if (kind === "product") {
    const product = products.find((p) => p.id === name);
    const money = /price$/.test(part) && product && !Number.isNaN(Number(citation.value));
    const value = money ? price(Number(citation.value), product.currency, lang) : citation.value;
    return [product?.title ?? name, texts.fields[part] ?? (part.replace(/_/g, " ") || texts.record), value];
  }
  const called = { advice: texts.advice, policy: texts.policy, order: texts.order }[kind] ?? kind;
  const file = kind === "policy" ? name.replace(/^.*\//, "").replace(/\.\w+$/, "") : name;
  return [called, [file, part].filter(Boolean).join(" › "), citation.value];
};

const footnotes = (citations, products, lang, texts) => {
  if (!citations.length) return null;
  const rows = new Map(); // one row for all that a marker says of one thing
  for (const citation of citations) {
    const [subject, part, value] = sourceOf(citation, products, lang, texts);
    const key = `${citation.marker} ${subject}`;
    const row = rows.get(key) ?? { marker: citation.marker, subject, facts: new Set() };
    row.facts.add([part, value].filter(Boolean).join(": "));
    rows.set(key, row);
  }
  const made = [...rows.values()].map(({ marker, subject, facts }) =>
    el("li", { "data-marker": marker },
      el("span", { class: "number" }, marker),
      el("div", { dir: "auto" }, el("b", {}, subject), ...[...facts].map((fact) => el("span", { class: "fact" }, fact)))));
  return el("details", { class: "sources" },
    el("summary", {}, filled(texts.sources, { count: rows.size })), el("ul", {}, ...made));
};

// The parts of a whole reply below its text.
const replyParts = (reply, texts, made) => {
  const lang = reply.language;
  const products = reply.products || [];
  return {
    cards: cards(products, reply.pick, lang, texts, made),
    table: table(reply.comparison, products, texts),
    notes: footnotes(reply.citations || [], products, lang, texts),
  };
};
