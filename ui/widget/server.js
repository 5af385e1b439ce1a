// The server: who is asking, and every request. Nothing here touches the page.

const SILENCE_MS = 45000; // the server sends something each 10 s
const REQUEST_MS = 20000;
const RENEW_MS = 12 * 3600 * 1000;

class Refused extends Error {
  constructor(status, problem = {}) {
    super(problem.detail || `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

// Sent, and no whole answer came: it may have been answered.
class Lost extends Error {
  constructor(slow = false) {
    super("connection lost");
    this.slow = slow;
  }
}

const subjectOf = (token) => {
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof sub === "string" && sub ? sub : null;
  } catch {
    return null;
  }
};

const bearing = ({ token }) => (token ? { Authorization: `Bearer ${token}` } : {});

class Server {
  constructor(base, kept, catalog) {
    this.base = base;
    this.kept = kept;
    this.catalog = catalog;
    this.token = null; // of a shopper whom the shop has signed in
    this.starting = null;
  }

  get signedIn() {
    return this.token !== null;
  }

  get shopper() {
    return { token: this.token, shopper_id: subjectOf(this.token) };
  }

  // A server without a secret reads no token and believes the name; one with a secret checks both.
  async who() {
    if (this.token) return this.shopper;
    const guest = this.kept.get("guest");
    if (guest?.shopper_id) {
      if (!guest.token) return guest;
      const left = Date.parse(guest.expires) - Date.now();
      if (left > RENEW_MS) return guest;
      if (left > 0) return (await this.session(guest.token).catch(() => null)) ?? guest;
    }
    return this.session(null);
  }

  // One visitor is one guest, however many requests begin at once.
  session(token) {
    this.starting ??= (async () => {
      const guest = await this.ask("api/session", { method: "POST", headers: bearing({ token }) });
      this.kept.set("guest", guest);
      return guest;
    })().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  // As the one who is asking. A guest whose token is refused becomes another guest, once.
  async asShopper(request) {
    const who = await this.who();
    try {
      return await request(who, bearing(who));
    } catch (error) {
      if (error.status !== 401 || this.token) throw error;
      this.kept.set("guest", null);
      const next = await this.session(null);
      return request(next, bearing(next));
    }
  }

  thread(id, after) {
    return this.asShopper((who, headers) => {
      const query = new URLSearchParams({ after });
      if (who.shopper_id) query.set("shopper_id", who.shopper_id);
      return this.ask(`api/threads/${encodeURIComponent(id)}?${query}`, { headers });
    });
  }

  feedback(body) {
    return this.asShopper((who, headers) =>
      this.ask("api/feedback", this.posting({ ...body, shopper_id: who.shopper_id }, headers)));
  }

  // Joins what a guest said to the shopper who has just signed in; more: whether what is known of
  // the guest comes along, too.
  join(guest, more = {}) {
    const { shopper } = this;
    const who = guest.token
      ? { guest_token: guest.token }
      : { guest_id: guest.shopper_id, shopper_id: shopper.shopper_id };
    return this.ask("api/session/join", this.posting({ ...who, ...more }, bearing(shopper)));
  }

  // What is known of a guest or shopper, with their consent and the notice that is in force.
  profile(who) {
    return this.ask(`api/profile/${encodeURIComponent(who.shopper_id)}`, { headers: bearing(who) });
  }

  erase(who) {
    return this.ask(`api/profile/${encodeURIComponent(who.shopper_id)}`, { method: "DELETE", headers: bearing(who) });
  }

  // One message; each event is handed on, the last of them a reply.
  chat(message, thread, signal, on, confirms) {
    return this.asShopper(async (who, headers) => {
      const body = { message, thread_id: thread, shopper_id: who.shopper_id };
      if (this.catalog) body.catalog = this.catalog;
      if (confirms) body.confirms = confirms;
      const posting = this.posting(body, { ...headers, Accept: "text/event-stream" });
      return this.stream("api/chat", { ...posting, signal }, on);
    });
  }

  posting(body, headers) {
    return {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    };
  }

  async ask(path, given) {
    const ends = new AbortController();
    const clock = setTimeout(() => ends.abort(), REQUEST_MS);
    try {
      const answer = await this.fetch(path, { ...given, signal: ends.signal });
      return answer.status === 204 ? null : await answer.json();
    } catch (error) {
      throw error instanceof Refused ? error : new Lost(error.name === "AbortError");
    } finally {
      clearTimeout(clock);
    }
  }

  // No cookie of the shop's page goes along, and none is taken.
  async fetch(path, given) {
    const answer = await fetch(this.base + path, {
      mode: "cors", credentials: "omit", cache: "no-store", referrerPolicy: "origin", ...given,
    });
    if (answer.ok) return answer;
    throw new Refused(answer.status, await answer.json().catch(() => ({})));
  }

  async stream(path, given, on) {
    const silent = new AbortController();
    let slow = false;
    const quit = () => silent.abort();
    given.signal.addEventListener("abort", quit);
    let clock = 0;
    const heard = () => {
      clearTimeout(clock);
      clock = setTimeout(() => {
        slow = true;
        quit();
      }, SILENCE_MS);
    };
    try {
      heard();
      const answer = await this.fetch(path, { ...given, signal: silent.signal });
      const reader = answer.body.getReader();
      const text = new TextDecoder();
      let waiting = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        heard();
        waiting += text.decode(value, { stream: true });
        const events = waiting.split(/\r?\n\r?\n/);
        waiting = events.pop();
        for (const event of events) {
          const reply = this.event(event, on);
          if (reply) return reply;
        }
      }
    } catch (error) {
      if (given.signal.aborted || error instanceof Refused) throw error;
      throw new Lost(slow);
    } finally {
      clearTimeout(clock);
      given.signal.removeEventListener("abort", quit);
    }
    throw new Lost();
  }

  event(text, on) {
    let name = "";
    const data = [];
    for (const line of text.split(/\r?\n/)) {
      if (line.startsWith("event:")) name = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
    if (!data.length) return null;
    const read = JSON.parse(data.join("\n"));
    if (name === "error") throw new Refused(read.status ?? 500, read);
    on(name, read);
    return name === "reply" ? read : null;
  }
}
