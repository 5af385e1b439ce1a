// The conversation: sending, streaming, what is shown of it, and what comes from elsewhere (the
// last page, another tab, a person of the shop).

const POLL_MS = 3000;
const MOST_SHOWN = 60;

class Conversation {
  constructor(server, panel, kept, texts) {
    Object.assign(this, { server, panel, kept, texts });
    this.last = 0; // the number of the last message that is known
    this.shown = new Set(); // turns that are on the page
    this.echoes = []; // own messages whose numbers are not known yet
    this.speaker = "bot";
    this.sending = null;
    this.loaded = null;
    this.unread = 0;
    addEventListener("offline", () => this.offline());
    addEventListener("online", () => this.online());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.loaded) this.look();
    });
  }

  // The thread of whoever is asking; null before the first message.
  get thread() {
    const held = this.kept.get("thread");
    return held && held.owner === this.owner ? held.id : null;
  }

  // Called once, when there is something to show it in.
  load() {
    this.loaded ??= (async () => {
      await this.settle();
      if (this.thread) await this.look(true);
      if (!this.panel.list.children.length) this.greet();
      if (!navigator.onLine) this.offline();
      await this.offerKnown();
    })();
    return this.loaded;
  }

  greet() {
    const { texts } = this;
    this.panel.list.replaceChildren(
      el("div", { class: "greeting" }, el("h3", {}, texts.greeting), el("p", { class: "quiet" }, texts.about),
        el("div", { class: "starters" }, ...texts.starters.map((one) =>
          el("button", { type: "button", class: "choice", onclick: () => this.send(one) }, one)))));
  }

  fresh() {
    if (this.sending) this.stop();
    this.kept.set("thread", null);
    this.forget();
    this.greet();
    this.panel.said.textContent = this.texts.started;
    this.panel.box.focus({ preventScroll: true });
  }

  forget() {
    this.last = 0;
    this.shown.clear();
    this.echoes = [];
    this.hears("bot");
    this.panel.list.replaceChildren();
    this.panel.tell("");
  }

  // Somebody has signed in or out; token: null for a guest.
  async identify(token) {
    if (token === this.server.token) return;
    this.stop();
    await this.loaded;
    const before = this.thread;
    this.server.token = token;
    this.panel.list.querySelector(".known")?.remove();
    await this.settle();
    if (!this.loaded) return;
    if (this.thread === before) return this.offerKnown();
    this.forget();
    this.loaded = null;
    await this.load();
  }

  // Settles who is asking. What a guest said goes along with the shopper who has signed in, where
  // the server joins them; otherwise it stays the guest's, and the shopper begins anew.
  async settle() {
    const { server, kept } = this;
    this.owner = (await server.who().catch(() => ({}))).shopper_id;
    const guest = kept.get("guest");
    const held = kept.get("thread");
    if (!server.signedIn || !guest) return;
    if (held?.owner === guest.shopper_id) {
      try {
        await server.join(guest);
        kept.set("thread", { ...held, owner: this.owner });
      } catch (error) {
        const busy = error.status >= 500 || /busy/.test(error.problem?.type ?? "");
        if (busy || !(error instanceof Refused)) return; // tried again on the next page
        return kept.set("guest", null); // the guest has become somebody else
      }
    }
    kept.set("known", { guest, owner: this.owner });
    kept.set("guest", null);
  }

  // What is known of the guest is the shopper's only where they say so; it is erased where they say
  // no, and waits for the next page where they say nothing.
  async offerKnown() {
    const { kept, server, panel, texts } = this;
    const held = kept.get("known");
    if (!held || !server.signedIn || held.owner !== this.owner || panel.list.querySelector(".known")) return;
    const { token } = server;
    let own;
    let theirs;
    try {
      theirs = await server.profile(held.guest);
      own = theirs.consent && (await server.profile(server.shopper));
    } catch (error) {
      // Without the guest's token nobody can bring it along any more.
      if (!theirs && [401, 403].includes(error.status)) kept.set("known", null);
      return;
    }
    // Meanwhile somebody else may have signed in, or the question may have come another way.
    if (server.token !== token || panel.list.querySelector(".known")) return;
    if (!own) return kept.set("known", null);
    const agrees = own.consent ? {} : { notice: own.notice.version };
    const button = (label, act, told) => el("button", { type: "button", class: "choice", onclick: () => decide(act, told) }, label);
    const box = el("div", { class: "confirm known", role: "group", "aria-label": texts.known },
      el("p", { class: "title" }, texts.known),
      el("p", {}, texts.known_ask),
      theirs.facts.length ? el("ul", {}, ...theirs.facts.map((fact) => el("li", { dir: "auto" }, fact.origin === "shopper" ? fact.value : fact.quote))) : null,
      own.consent ? null : el("p", { class: "quiet" }, own.notice[panel.settings.lang]),
      button(texts.known_yes, () => server.join(held.guest, { facts: true, ...agrees }), texts.known_kept),
      button(texts.known_no, () => server.erase(held.guest), texts.known_gone));
    const decide = async (act, told) => {
      const buttons = [...box.querySelectorAll("button")];
      for (const one of buttons) one.disabled = true;
      try {
        await act();
      } catch (error) {
        panel.tell(this.sentence(error));
        for (const one of buttons) one.disabled = false;
        return buttons[0].focus();
      }
      kept.set("known", null);
      box.replaceChildren(el("p", { class: "quiet" }, told));
      panel.said.textContent = told;
      panel.box.focus({ preventScroll: true });
    };
    panel.list.append(box);
    panel.said.textContent = `${texts.known}: ${texts.known_ask}`;
    panel.follow(box);
  }

  async send(text = this.panel.box.value, again = null, confirms = null) {
    const message = text.trim();
    if (!message || this.sending) return;
    const leaving = new AbortController();
    this.sending = leaving;
    this.panel.busy(true);
    this.panel.tell("");
    if (text === this.panel.box.value) this.panel.put("");
    const turn = again ?? this.begin(message);
    // Said by a button, it answers that offer alone, whatever another window has been told since.
    turn.confirms ??= confirms;
    turn.failed?.remove();
    try {
      await this.loaded;
      if (again && (await this.arrived(turn))) return;
      await this.answer(message, turn, leaving.signal, true);
    } catch (error) {
      this.fail(error, message, turn, leaving.signal.aborted);
    } finally {
      turn.working.remove();
      if (this.sending === leaving) {
        this.sending = null;
        this.panel.busy(false);
      }
    }
  }

  async answer(message, turn, signal, first) {
    if (!this.owner) this.owner = (await this.server.who()).shopper_id;
    const thread = this.thread ?? `w-${newId()}`;
    this.kept.set("thread", { owner: this.owner, id: thread });
    let reply;
    try {
      reply = await this.server.chat(message, thread, signal, (name, data) => this.heard(name, data, turn), turn.confirms);
    } catch (error) {
      // The thread is no more, or was another shopper's: nothing was done, so a new one begins.
      const gone = error.status === 404 && error.problem.field === "thread_id";
      const other = (await this.server.who().catch(() => ({}))).shopper_id;
      if (!first || !(gone || (error.status === 403 && other !== this.owner))) throw error;
      this.owner = other;
      this.kept.set("thread", null);
      this.last = 0;
      return this.answer(message, turn, signal, false);
    }
    if (signal.aborted) return;
    this.kept.set("thread", { owner: this.owner, id: reply.thread_id });
    this.finish(reply, turn);
    this.echoes.push(message);
    dispatchEvent(new CustomEvent("shopguide:reply", {
      detail: { thread_id: reply.thread_id, turn_id: reply.turn_id, intent: reply.intent, products: reply.products.map((p) => p.id) },
    }));
    this.look();
  }

  // A turn on the page: the shopper's words, and room for the answer.
  begin(message) {
    this.panel.list.querySelector(".greeting")?.remove();
    this.retire();
    const turn = { working: el("p", { class: "working" }, this.texts.working), text: "", products: [] };
    turn.body = el("div", { class: "answer" }, turn.working);
    turn.frame = el("div", { class: "turn" }, this.own(message), turn.body);
    this.panel.list.append(turn.frame);
    this.panel.reading = false;
    this.panel.follow(turn.frame);
    return turn;
  }

  own(text) {
    return el("div", { class: "own" }, el("span", { class: "hidden" }, `${this.texts.you}: `), el("p", { dir: "auto" }, text));
  }

  heard(name, data, turn) {
    if (name === "status") turn.working.textContent = data.text;
    if (name === "delta") {
      turn.text += data.text;
      turn.words ??= this.words(turn.body);
      turn.words.textContent = turn.text;
    }
    if (name === "product") {
      turn.products.push(data);
      turn.early?.remove();
      turn.early = cards(turn.products, null, this.panel.settings.lang, this.texts, this.panel.settings.made);
      turn.body.append(turn.early);
    }
    turn.body.append(turn.working);
    this.panel.follow(turn.frame);
  }

  words(body) {
    const words = el("p", { class: "words", dir: "auto" });
    body.prepend(words);
    return words;
  }

  // The whole reply takes the place of what came of it so far.
  finish(reply, turn) {
    if (reply.turn_id) this.shown.add(reply.turn_id);
    const { texts } = this;
    const { cards: products, table: compared, notes } = replyParts(reply, texts, this.panel.settings.made);
    const show = (marker) => {
      notes.open = true;
      const note = [...notes.querySelectorAll("li")].find((li) => li.dataset.marker === marker);
      note.scrollIntoView({ block: "nearest" });
      for (const li of notes.querySelectorAll("li")) li.classList.toggle("marked", li.dataset.marker === marker);
    };
    const cited = new Set((reply.citations || []).map((c) => c.marker));
    // What waits for a yes stands in its card, and only there.
    const offer = reply.confirmation ? reply.confirmation.text ?? String(reply.confirmation) : "";
    const at = offer ? reply.text.indexOf(offer) : -1;
    const said = at < 0 ? reply.text : reply.text.slice(0, at).trim();
    const after = at < 0 ? "" : reply.text.slice(at + offer.length).trim();
    const lang = reply.language === "zh" ? "zh-Hans" : "en";
    const words = said ? el("p", { class: "words", dir: "auto", lang }, ...written(said, cited, texts, show)) : null;
    const asked = offer ? this.confirm(offer, after, reply.language, lang, reply.confirmation.id) : this.choices(reply.choices);
    const parts = [this.label("bot"), words, compared, products, asked, notes, this.thumbs(reply)];
    turn.body.replaceChildren(...parts.filter(Boolean));
    if (!reply.text && !products && !compared) turn.body.replaceChildren();
    if (turn.live !== false) {
      this.panel.said.textContent = `${texts.bot}: ${reply.text}`;
      this.panel.follow(turn.frame);
    }
  }

  label(from, name) {
    const { texts } = this;
    const said = from === "bot" ? texts.bot : name ? filled(texts.person_named, { name }) : texts.person;
    return el("p", { class: `who ${from}` }, said);
  }

  // What is asked back is answered in plain words, by a tap or by typing.
  say(words, confirms) {
    return el("button", { type: "button", class: "choice", onclick: () => this.send(words, null, confirms) }, words);
  }

  choices(choices) {
    if (!choices?.length) return null;
    const group = { class: "choices asked", role: "group", "aria-label": this.texts.choices };
    return el("div", group, ...choices.map((one) => this.say(one)));
  }

  // A change that waits for a yes; yes and no are in the language of the question.
  confirm(offer, question, language, lang, id) {
    const { texts } = this;
    const words = TEXTS[language] ?? texts;
    return el("div", { class: "confirm asked", role: "group", "aria-label": texts.confirm },
      el("p", { class: "title" }, texts.confirm),
      el("p", { dir: "auto", lang }, offer),
      question ? el("p", { class: "quiet", dir: "auto", lang }, question) : null,
      this.say(words.yes, id), this.say(words.no, id));
  }

  // What was asked back is answered, one way or the other.
  retire() {
    for (const one of this.panel.list.querySelectorAll(".asked")) {
      if (one.matches(".confirm")) for (const button of one.querySelectorAll("button")) button.remove();
      else one.remove();
    }
  }

  thumbs(reply) {
    const { texts, server } = this;
    if (!reply.turn_id || this.deaf) return null;
    const row = el("div", { class: "thumbs" });
    const thank = () => row.replaceChildren(el("span", { class: "quiet", role: "status" }, texts.thanks));
    const give = async (thumb, why) => {
      for (const one of row.querySelectorAll("button, input")) one.disabled = true;
      try {
        await server.feedback({ turn_id: reply.turn_id, thread_id: reply.thread_id, thumb, reason: why || null });
        thank();
      } catch (error) {
        // A shop without this door: nothing is offered that does not work.
        if (error.status === 405 || (error.status === 404 && !/unknown/.test(error.problem.type ?? ""))) {
          this.deaf = true;
          for (const one of this.panel.list.querySelectorAll(".thumbs")) one.remove();
        } else offer();
        this.panel.box.focus({ preventScroll: true });
      }
    };
    const why = () => {
      const box = el("input", { type: "text", maxlength: "500", "aria-label": texts.why_unhelpful, placeholder: texts.why_unhelpful, dir: "auto" });
      box.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.isComposing && event.keyCode !== 229) give("down", box.value.trim());
      });
      row.replaceChildren(box,
        el("button", { type: "button", class: "small", onclick: () => give("down", box.value.trim()) }, texts.tell),
        el("button", { type: "button", class: "small", onclick: () => { offer(); row.lastChild.focus(); } }, texts.skip));
      box.focus();
    };
    const offer = () => row.replaceChildren(...[["up", texts.helpful, () => give("up")], ["down", texts.unhelpful, why]].map(
      ([shape, label, act]) => el("button", { type: "button", class: "thumb", "aria-label": label, title: label, onclick: act }, icon(...ICONS[shape]))));
    offer();
    return row;
  }

  stop() {
    this.sending?.abort();
  }

  fail(error, message, turn, stopped) {
    const { texts, panel } = this;
    turn.early?.remove();
    turn.words?.remove();
    Object.assign(turn, { early: null, words: null, text: "", products: [] });
    if (stopped) {
      turn.frame.remove();
      if (!panel.box.value) panel.put(message);
      if (!panel.list.children.length) this.greet();
      panel.tell(texts.stopped);
      return;
    }
    const sentence = this.sentence(error);
    const retry = el("button", { type: "button", class: "small", onclick: () => this.send(message, turn) }, texts.retry);
    turn.failed = el("div", { class: "failed", role: "alert" }, el("p", {}, sentence), error.status === 422 ? null : retry);
    turn.body.replaceChildren(turn.failed);
    if (!(error instanceof Refused)) this.missed = turn;
    panel.follow(turn.frame);
  }

  sentence(error) {
    const { texts } = this;
    if (!(error instanceof Refused)) return navigator.onLine ? (error.slow ? texts.slow : texts.lost) : texts.offline;
    const { status, problem } = error;
    if (status === 401) {
      dispatchEvent(new CustomEvent("shopguide:expired"));
      return texts.signed_out;
    }
    if (status === 422) return /message/.test(problem.field ?? "") || /bad-message/.test(problem.type ?? "") ? problem.detail || texts.long : texts.down;
    return { 403: texts.refused, 404: texts.forgotten, 409: texts.busy, 413: texts.long, 429: texts.many }[status] ?? texts.down;
  }

  // Whether a message whose answer was lost had been answered all the same.
  async arrived(turn) {
    if (!this.thread) return false;
    turn.body.append(turn.working);
    try {
      const found = await this.server.thread(this.thread, this.last);
      if (!found.messages.some((m) => m.reply && !this.shown.has(m.reply.turn_id))) return false;
      turn.frame.remove();
      this.take(found, false);
      return true;
    } catch (error) {
      if (error.status === 404) return false;
      throw error;
    }
  }

  offline() {
    if (this.panel.panel) this.panel.tell(this.texts.offline);
  }

  // Back again: what is missing is looked for. It is sent again only when the shopper says so.
  async online() {
    if (!this.panel.panel || !this.loaded) return;
    this.panel.tell(this.texts.online);
    setTimeout(() => this.panel.notice.textContent === this.texts.online && this.panel.tell(""), 4000);
    const turn = this.missed;
    this.missed = null;
    if (!turn?.failed?.isConnected || this.sending) return this.look();
    if (await this.arrived(turn).catch(() => false)) return;
    turn.working.remove();
  }

  // Looks for what came from elsewhere.
  async look(all = false) {
    clearTimeout(this.clock);
    const thread = this.thread;
    if (!thread || this.looking) return;
    this.looking = true;
    try {
      const found = await this.server.thread(thread, this.last);
      if (thread === this.thread && !this.sending) this.take(found, all);
    } catch (error) {
      if (error.status === 404) {
        // It is not kept any more. What is on the page stays to be read.
        this.kept.set("thread", null);
        this.last = 0;
        this.hears("bot");
      }
    } finally {
      this.looking = false;
      if (this.speaker !== "bot" && !document.hidden) this.clock = setTimeout(() => this.look(), POLL_MS);
    }
  }

  take(found, all) {
    const messages = all ? found.messages.slice(-MOST_SHOWN) : found.messages;
    messages.forEach((message, at) => {
      this.last = Math.max(this.last, message.number);
      if (this.has(message, messages[at + 1])) return;
      this.panel.list.querySelector(".greeting")?.remove();
      this.retire();
      if (message.from === "shopper") this.panel.list.append(el("div", { class: "turn" }, this.own(message.text)));
      else this.append(message, all);
    });
    this.last = found.messages.reduce((most, m) => Math.max(most, m.number), this.last);
    this.hears(found.speaker);
    const last = this.panel.list.lastElementChild;
    if (all) this.panel.toEnd();
    else if (last) this.panel.follow(last);
  }

  append(message, all) {
    const turn = { body: el("div", { class: "answer" }), live: !all };
    turn.frame = el("div", { class: "turn" }, turn.body);
    if (message.from === "bot" && message.reply) this.finish(message.reply, turn);
    else {
      turn.body.append(this.label(message.from, message.name), el("p", { class: `words ${message.from}`, dir: "auto" }, message.text));
      if (!all) this.panel.said.textContent = `${message.name ?? this.texts.person}: ${message.text}`;
    }
    if (!turn.body.children.length) return;
    this.panel.list.append(turn.frame);
    if (!all && !this.panel.isOpen) this.panel.unread((this.unread += 1));
  }

  // Whether a message of the thread is on the page already.
  has(message, next) {
    if (message.reply) return this.shown.has(message.reply.turn_id);
    if (message.from !== "shopper") return false;
    const at = this.echoes.indexOf(message.text);
    if (at >= 0) this.echoes.splice(at, 1);
    return at >= 0 || !!(next?.reply && this.shown.has(next.reply.turn_id));
  }

  hears(speaker) {
    this.speaker = ["waiting", "person"].includes(speaker) ? speaker : "bot";
    this.kept.set("speaker", this.speaker);
    if (this.panel.panel) this.panel.speaks(this.speaker);
  }
}
