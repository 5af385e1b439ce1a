// Messages and what is told of their answers: read from the server as a stream, and handed to
// Gradio's parts all at once, however many updates have come meanwhile.
window.shopguide = (() => {
  const AGAIN = 1000;
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

  const post = async (path, body) => {
    const headers = { "Content-Type": "application/json" };
    const sent = await fetch(`page/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!sent.ok) throw new Error(`status ${sent.status}`);
    return sent;
  };

  const read = async (path, body, heard) => {
    const reader = (await post(path, body)).body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) heard(JSON.parse(event.replace(/^data: /, "")));
    }
  };

  // The one message that is being answered here: where, and which.
  let place = null;
  const follow = async (path, body) => {
    place = { thread: body.thread, language: body.language, asking: body.asking ?? "" };
    const heard = (updates) => {
      if (lost) hint((lost = ""));
      place.thread = updates.thread ?? place.thread;
      place.asking = updates.asking ?? place.asking;
      tell(updates);
    };
    let lost = "";
    for (;;) {
      try {
        await read(path, body, heard);
        if (!place.asking) break;
      } catch {
        hint((lost = place.asking ? "lost" : "unsent"));
        if (!place.asking) break;
      }
      // It goes on without its reader: what was missed is told again.
      await new Promise((done) => setTimeout(done, AGAIN));
      [path, body] = ["follow", { ...place }];
    }
    place = null;
  };

  return {
    take,
    ask: (message, thread, language, replaces) => {
      if (!place) follow("ask", { message, thread: thread ?? "", language, replaces: replaces ?? "" });
    },
    // After a reload, or a while out of sight.
    resume: (thread, asking, language) => {
      if (asking && !place) follow("follow", { thread: thread ?? "", asking, language });
    },
    stop: async (thread, asking, language) => {
      try {
        tell(await (await post("stop", { thread: thread ?? "", asking, language })).json());
      } catch {
        hint("lost");
      }
    },
  };
})();
