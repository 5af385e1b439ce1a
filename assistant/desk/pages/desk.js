// Shows what came meanwhile. Everything that people wrote is put in as text, never as HTML.
(() => {
  "use strict";
  const page = document.body.dataset;
  const LATER = 4000;
  const AGAIN = 60_000; // "5 minutes ago" is told anew

  async function look(url) {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401) { location.assign("/desk/login"); return null; }
    return answer.ok ? answer.json() : null;
  }

  // Who waits, on every page ---------------------------------------------------------------------

  function count(waiting) {
    const before = Number(page.waiting);
    page.waiting = waiting;
    for (const badge of document.querySelectorAll(".count")) {
      badge.hidden = !waiting;
      badge.firstElementChild.textContent = waiting;
      badge.lastElementChild.textContent = page.waits.replace("{count}", waiting);
    }
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (waiting) document.title = `(${waiting}) ${document.title}`;
    if (waiting > before) document.getElementById("live").textContent = page.news;
  }

  // The queue as the server shows it now; focus stays where it was.
  async function again() {
    const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok || answer.redirected) { location.reload(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const held = document.activeElement?.dataset.keep;
    document.getElementById("queue").replaceWith(fresh.getElementById("queue"));
    page.state = fresh.body.dataset.state;
    if (held) document.querySelector(`[data-keep="${CSS.escape(held)}"]`)?.focus();
  }

  let shown = Date.now();
  async function waits() {
    const found = await look("/desk/state");
    if (!found) return;
    count(found.waiting);
    if (!document.getElementById("queue")) return;
    if (found.state === page.state && Date.now() - shown < AGAIN) return;
    shown = Date.now();
    await again();
  }

  // A talk ---------------------------------------------------------------------------------------

  function message(said) {
    const item = document.createElement("li");
    item.className = said.speaker;
    const who = document.createElement("b");
    who.textContent = said.name || page[said.speaker] || "";
    const time = document.createElement("time");
    time.dateTime = said.time;
    time.title = said.exact;
    time.textContent = said.shown;
    const text = document.createElement("p");
    text.dir = "auto";
    text.textContent = said.text;
    item.append(who, time, text);
    return item;
  }

  async function talk() {
    const found = await look(`/desk/cases/${encodeURIComponent(page.case)}/state?after=${page.after}`);
    if (!found) return;
    for (const said of found.messages) {
      document.getElementById("talk").append(message(said));
      page.after = said.number;
    }
    if (found.messages.length) toEnd();
    const box = document.getElementById("text");
    // What is being written is not thrown away.
    if (found.state !== page.state && !box?.value) location.reload();
  }

  function toEnd() {
    const list = document.getElementById("talk");
    list.scrollTop = list.scrollHeight;
  }

  if (page.case) {
    toEnd();
    document.getElementById("text")?.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
    });
  }

  // A file that is edited ------------------------------------------------------------------------

  const edited = document.querySelector(".edit textarea");
  if (edited) {
    let leaving = false;
    for (const form of document.forms) form.addEventListener("submit", () => { leaving = true; });
    addEventListener("beforeunload", (event) => {
      if (!leaving && (edited.value !== edited.defaultValue || page.unsaved)) event.preventDefault();
    });
  }

  if (page.waiting === undefined) return; // nobody is logged in
  const turns = page.case ? [talk, waits] : [waits];
  setInterval(() => { if (!document.hidden) for (const turn of turns) turn().catch(() => {}); }, LATER);
})();
