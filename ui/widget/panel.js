// The launcher and the panel: what they are made of, opening and closing, focus, look.

const PAPER = { light: [255, 255, 255], dark: [27, 30, 29] };

class Panel {
  constructor(settings, texts, on) {
    this.settings = settings;
    this.texts = texts;
    this.on = on;
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.host = el("div", { id: "shopguide-widget", lang: texts.language });
    this.root = el("div", { class: "root" });
    const shadow = this.host.attachShadow({ mode: "open" });
    this.dress(shadow);
    this.launcher = el("button", {
      type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": texts.open,
      onclick: () => on.open(),
    }, icon(...ICONS.talk), el("span", { class: "label" }, texts.open), el("span", { class: "dot", hidden: true }));
    this.root.append(this.launcher);
    shadow.append(this.root);
    this.dark.addEventListener("change", () => this.paint());
    this.paint();
    document.body.append(this.host);
  }

  // A style sheet that is made by script is none of a page's that its policy would have to allow.
  dress(shadow) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      shadow.append(el("style", { nonce: this.settings.nonce || null }, STYLE)); // Safari before 16.4
    }
  }

  paint() {
    const { theme, accent } = this.settings;
    const dark = theme === "dark" || (theme !== "light" && this.dark.matches);
    this.root.classList.toggle("dark", dark);
    const colours = accents(accent, PAPER[dark ? "dark" : "light"], dark);
    for (const [name, value] of Object.entries(colours || {})) this.root.style.setProperty(name, value);
  }

  // The panel is made when it is first needed: a page that is only looked at pays for a button.
  build() {
    if (this.panel) return;
    const { texts, on, settings } = this;
    const button = (name, label, act, shape) =>
      el("button", { type: "button", class: name, "aria-label": label, title: label, onclick: act }, icon(...ICONS[shape]));
    this.speaker = el("p", { class: "speaker", role: "status" });
    const reading = () => {
      this.reading = true;
    };
    this.list = el("div", { class: "list", role: "log", "aria-live": "off", "aria-label": texts.conversation, tabindex: "0", onwheel: reading, ontouchmove: reading, onkeydown: reading });
    this.notice = el("div", { class: "notice", role: "status", hidden: true });
    // Said once and whole: a text that grows word by word would be read out word by word.
    this.said = el("div", { class: "hidden", "aria-live": "polite" });
    this.box = el("textarea", { rows: "1", maxlength: "4000", placeholder: texts.hint, "aria-label": texts.box, dir: "auto", enterkeyhint: "send" });
    this.send = button("round", texts.send, () => on.send(), "send");
    this.stop = button("round", texts.stop, () => on.stop(), "stop");
    this.stop.hidden = true;
    const form = el("form", { class: "composer", onsubmit: (event) => event.preventDefault() }, this.box, this.send, this.stop);
    this.panel = el("section", { class: "panel", role: "dialog", "aria-modal": "true", "aria-labelledby": "sg-title", hidden: true },
      el("header", {},
        el("span", { class: "logo" }, icon(...ICONS.bag)),
        el("div", { class: "names" }, el("h2", { id: "sg-title", dir: "auto" }, settings.shop || texts.title), this.speaker),
        button("plain", texts.fresh, () => on.fresh(), "fresh"),
        button("plain", texts.close, () => on.close(), "close")),
      this.list, this.notice, form, this.said);
    this.panel.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("input", () => this.grow());
    this.root.append(this.panel);
    this.speaks("bot");
    const view = window.visualViewport;
    if (view) {
      // A phone's keyboard covers what is fixed to the bottom.
      const fit = () => {
        this.root.style.setProperty("--view", `${view.height}px`);
        this.root.style.setProperty("--top", `${view.offsetTop}px`);
      };
      view.addEventListener("resize", fit);
      view.addEventListener("scroll", fit);
      fit();
    }
  }

  get isOpen() {
    return !!this.panel && !this.panel.hidden;
  }

  get isPhone() {
    return matchMedia("(max-width: 520px)").matches;
  }

  open(focus) {
    this.build();
    if (this.isOpen) return;
    const before = document.activeElement;
    this.before = before && before !== document.body && before !== this.host ? before : null;
    this.panel.hidden = false;
    this.root.classList.add("open");
    this.launcher.setAttribute("aria-expanded", "true");
    this.unread(0);
    this.toEnd();
    if (focus) this.box.focus({ preventScroll: true });
  }

  close() {
    if (!this.isOpen) return;
    const inside = this.host.shadowRoot.activeElement;
    this.panel.hidden = true;
    this.root.classList.remove("open");
    this.launcher.setAttribute("aria-expanded", "false");
    if (inside) (this.before?.isConnected ? this.before : this.launcher).focus({ preventScroll: true });
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method is choosing a word
    if (event.key === "Escape") {
      event.stopPropagation();
      this.on.close();
    } else if (event.key === "Enter" && event.target === this.box && !event.shiftKey) {
      event.preventDefault();
      this.on.send();
    } else if (event.key === "Tab") {
      const all = [...this.panel.querySelectorAll("a[href], button, textarea, summary, input, [tabindex='0']")]
        .filter((one) => !one.disabled && one.getClientRects().length);
      const [first, last] = [all[0], all[all.length - 1]];
      const at = this.host.shadowRoot.activeElement;
      if (event.shiftKey ? at === first : at === last) {
        event.preventDefault();
        (event.shiftKey ? last : first).focus();
      }
    }
    // The shop's own short cuts are not for what is typed here.
    event.stopPropagation();
  }

  grow() {
    this.box.style.height = "";
    if (this.box.value) this.box.style.height = `${Math.min(this.box.scrollHeight + 2, 132)}px`;
  }

  put(text) {
    this.box.value = text;
    this.grow();
  }

  busy(busy) {
    const had = this.host.shadowRoot.activeElement;
    this.send.hidden = busy;
    this.stop.hidden = !busy;
    this.list.setAttribute("aria-busy", String(busy));
    if (had === this.send || had === this.stop) this.box.focus({ preventScroll: true });
  }

  speaks(who) {
    this.speaker.textContent = this.texts[`speaks_${who}`];
    this.panel.dataset.speaker = who;
  }

  tell(sentence, ...more) {
    this.notice.replaceChildren(...(sentence ? [el("span", {}, sentence), ...more] : []));
    this.notice.hidden = !sentence;
  }

  unread(count) {
    const dot = this.launcher.querySelector(".dot");
    dot.hidden = !count;
    dot.textContent = count > 9 ? "9+" : String(count);
    this.launcher.setAttribute("aria-label", count ? filled(this.texts.unread, { count }) : this.texts.open);
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  // Follows a turn that grows, until its beginning is at the top: an answer is read from there.
  // Who scrolls, or was not at the end, is left where they are.
  follow(turn) {
    const { list } = this;
    const top = Math.max(0, Math.min(turn.offsetTop - 12, list.scrollHeight - list.clientHeight));
    if (!this.reading && list.scrollTop < top) list.scrollTop = top;
  }
}
