// Shows what came meanwhile. Everything that people wrote is put in as text, never as HTML.
(() => {
  "use strict";
  const page = document.body.dataset;
  const later = 4000;

  async function look(url) {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401) { location.assign("/desk/login"); return null; }
    return answer.ok ? answer.json() : null;
  }

  function shown(message) {
    const item = document.createElement("li");
    item.className = message.speaker;
    const who = document.createElement("b");
    who.textContent = message.name || page[message.speaker] || "";
    const time = document.createElement("time");
    time.dateTime = message.time;
    time.textContent = " " + message.shown;
    const text = document.createElement("p");
    text.dir = "auto";
    text.textContent = message.text;
    item.append(who, time, text);
    return item;
  }

  async function queue() {
    const found = await look(page.poll);
    if (found && found.state !== page.state) location.reload();
  }

  async function talk() {
    const found = await look("/desk/cases/" + encodeURIComponent(page.case) + "/state?after=" + page.after);
    if (!found) return;
    for (const message of found.messages) {
      document.getElementById("talk").append(shown(message));
      page.after = message.number;
    }
    const box = document.getElementById("text");
    // What is being written is not thrown away.
    if (found.state !== page.state && !(box && box.value)) location.reload();
  }

  const turn = page.case ? talk : page.poll ? queue : null;
  if (turn) setInterval(() => { if (!document.hidden) turn().catch(() => {}); }, later);
})();
