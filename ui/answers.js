// Messages and what is told of their answers: read from the server as a stream, and handed to
// Gradio's parts all at once, however many updates have come meanwhile.
window.shopguide = (() => {
  // The server speaks every ten seconds at least: a line that is silent for longer is dead.
  const SILENT = 25_000;
  const AGAIN = 1000;
  const SELDOM = 15_000;
  const APART = 30;
  const at = (found) => document.querySelector(found);
  const hint = (name) => {
    const place = at(".sg-hint");
    if (place) place.textContent = name ? place.dataset[name] : "";
  };
  const isUpdate = (value) => value?.__type__ === "update";

  // What has come and is not shown yet, by the name of the part.
  let told = {};
  let telling = 0;
  let last = 0;
  const tell = (updates) => {
    for (const [name, update] of Object.entries(updates)) {
      told[name] = isUpdate(update) && isUpdate(told[name]) ? { ...told[name], ...update } : update;
    }
    if (telling) return;
    telling = setTimeout(() => {
      telling = 0;
      last = performance.now();
      at("#sg-told")?.click();
    }, Math.max(0, last + APART - performance.now()));
  };
  // For Gradio: the updates of its parts, in its order; undefined leaves a part as it is.
  const take = (names) => {
    const updates = told;
    told = {};
    return names.map((name) => updates[name]);
  };

  class Refused extends Error {}
  const post = async (path, body, signal) => {
    const headers = { "Content-Type": "application/json" };
    const sent = await fetch(`page/${path}`, { method: "POST", headers, body: JSON.stringify(body), signal });
    if (!sent.ok) throw new Refused(`status ${sent.status}`);
    return sent;
  };

  let hangUp = () => {};
  const read = async (path, body, heard) => {
    const line = new AbortController();
    hangUp = () => line.abort();
    let silence = 0;
    const speaks = () => {
      clearTimeout(silence);
      silence = setTimeout(hangUp, SILENT);
    };
    try {
      speaks();
      const sent = await post(path, body, line.signal);
      const reader = sent.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        speaks();
        text += value;
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) if (event.startsWith("data: ")) heard(JSON.parse(event.slice(6)));
      }
    } finally {
      clearTimeout(silence);
    }
  };

  // The one message that is being answered here: where, and which.
  let place = null;
  const follow = async (path, body) => {
    const here = (place = { thread: body.thread, language: body.language, asking: body.asking ?? "" });
    let lost = "";
    let pause = AGAIN;
    const heard = (updates) => {
      if (place !== here) return; // it was stopped meanwhile
      if (lost) hint((lost = ""));
      pause = AGAIN;
      here.thread = updates.thread ?? here.thread;
      here.asking = updates.asking ?? here.asking;
      tell(updates);
    };
    for (;;) {
      try {
        await read(path, body, heard);
      } catch (error) {
        const refused = error instanceof Refused;
        if (place === here) hint((lost = refused ? "failed" : here.asking ? "lost" : "unsent"));
      }
      if (place !== here) return;
      if (!here.asking) break;
      // It goes on without its reader: what was missed is told again.
      await new Promise((done) => setTimeout(done, pause));
      if (place !== here) return;
      pause = Math.min(2 * pause, SELDOM);
      [path, body] = ["follow", { ...here }];
    }
    place = null;
  };

  return {
    take,
    ask: (message, thread, language, replaces) => {
      if (place) hint("waiting");
      else follow("ask", { message, thread: thread ?? "", language, replaces: replaces ?? "" });
    },
    // After a reload, or a while out of sight.
    resume: (thread, asking, language) => {
      if (asking && !place) follow("follow", { thread: thread ?? "", asking, language });
    },
    stop: async (thread, asking, language) => {
      try {
        const updates = await (await post("stop", { thread: thread ?? "", asking, language })).json();
        tell(updates);
        if (updates.asking !== "") return; // what is being written is answered to its end
        place = null;
        hangUp();
      } catch {
        hint("lost");
      }
    },
  };
})();
