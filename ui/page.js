// What only the browser knows: what buttons of the panels stand for, scrolling, focus, the
// document's language.
(() => {
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  const say = (box, text, button) => {
    if (!box || !button) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => button.click(), 50);
  };

  // Wishes about the profile go to the server one after the other: each waits until the panel
  // shows what the one before it did. Where the focus was on a button that is gone, it moves on.
  const PATIENCE = 3000;
  const wishes = [];
  let waiting = 0;
  let next = null;

  const send = () => {
    if (waiting || !wishes.length) return;
    waiting = setTimeout(heard, PATIENCE);
    const box = document.querySelector("#sg-act textarea");
    say(box, JSON.stringify(wishes.shift()), document.querySelector("#sg-do"));
  };
  const heard = () => {
    clearTimeout(waiting);
    waiting = 0;
    send();
  };

  const shown = "#sg-interests .sg-shown";
  const panel = "#sg-profile .sg-panel";
  const goesTo = (act, fact) =>
    ({
      ask: [".sg-consent"],
      agree: ["#sg-box textarea"],
      decline: ["#sg-box textarea"],
      interests: [shown],
      hide_interests: ['[data-act="interests"]'],
      ask_erase: ['[data-act="show"]'],
      show: ['[data-act="ask_erase"]'],
      release: ['#sg-need [data-act="release"]', "#sg-need .sg-panel"],
      put_back: ['#sg-need [data-act="release"]', "#sg-need .sg-panel"],
      edit: [".sg-editing"],
      record: [".sg-sheet"],
      cited: [".sg-sheet"],
      open_thread: ["#sg-box textarea"],
      ask_delete_thread: ['[data-act="show_threads"]'],
      show_threads: [`[data-act="ask_delete_thread"][data-fact="${fact}"]`],
      delete_thread: ["#sg-threads button", "#sg-box textarea"],
      leave_edit: ["#sg-box textarea"],
      pin: [`[data-act="unpin"][data-fact="${fact}"]`, panel],
      unpin: [`[data-act="pin"][data-fact="${fact}"]`, panel],
      learning_off: ['[data-act="learning_on"]', panel],
      learning_on: ['[data-act="learning_off"]', panel],
      thumb_up: [`[data-act="thumb_up"][data-fact="${fact}"]`],
      thumb_down: [`[data-act="thumb_down"][data-fact="${fact}"]`],
    })[act] ?? [panel];

  const moveOn = () => {
    if (!next || Date.now() > next.until) return;
    const target = next.to.map((found) => document.querySelector(found)).find(Boolean);
    if (!target) return;
    if (target.matches(".sg-editing")) {
      // Whoever changes a message wants to type, at its end.
      const box = document.querySelector("#sg-box textarea");
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
      next = null;
      return;
    }
    if (next.brings) target.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
    else if (!next.byKey || document.activeElement !== document.body) return;
    target.focus({ preventScroll: next.brings });
    next = null;
  };

  const wish = (button, byKey) => {
    const { act, fact = "", value = "" } = button.dataset;
    const typed = button.closest(".sg-correct")?.querySelector("input");
    const graph = document.querySelector(shown) !== null;
    const brings = act === "ask" || act === "interests" || act === "edit";
    next = { to: goesTo(act, CSS.escape(fact)), byKey, brings, until: Date.now() + PATIENCE };
    // An answer on its way would bring back what is being erased.
    const stop = document.querySelector("#sg-stop");
    const wait = act === "erase" && stop?.offsetParent ? (stop.click(), 500) : 0;
    setTimeout(() => {
      wishes.push({ act, fact, value: typed?.value ?? value, graph });
      send();
    }, wait);
  };

  document.addEventListener("sg-wish", ({ detail }) => {
    wishes.push({ act: detail.act, fact: "", value: detail.value, graph: false });
    send();
  });

  document.addEventListener("click", (event) => {
    const act = event.target.closest("button[data-act]");
    if (act) wish(act, event.detail === 0);
    if (act?.matches(".sg-thumbs *")) {
      for (const thumb of act.parentElement.children) thumb.ariaPressed = String(thumb === act);
    }
  });

  document.addEventListener("keydown", (event) => {
    const editing = event.target.closest?.(".sg-correct[open]");
    if (!editing) return;
    if (event.key === "Enter" && event.target.matches("input")) {
      wish(editing.querySelector("button[data-act]"), true);
    } else if (event.key === "Escape") {
      editing.open = false;
      editing.querySelector("summary").focus();
    }
  });

  // Whoever opens a correction wants to type.
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches?.(".sg-correct[open]")) event.target.querySelector("input").select();
    },
    true,
  );

  // Those who hear the page are told what is happening, then the answer, once each. A place that
  // is there from the beginning is heard; one that comes with its words often is not.
  const live = document.createElement("div");
  live.className = "sg-hidden";
  live.id = "sg-live";
  live.role = "status";
  document.body.append(live);
  let busy = false;
  const tell = () => {
    const status = document.querySelector("#sg-last .sg-status")?.textContent;
    const ended = busy && document.querySelector('#sg-last article[aria-busy="false"]');
    busy = document.querySelector('#sg-last article[aria-busy="true"]') !== null;
    const text = ended ? document.querySelector("#sg-last .sg-text")?.innerText : busy && status;
    if (text && live.textContent !== text) live.textContent = text;
  };

  // Other tabs of this browser may show the same conversation.
  const tabs = new BroadcastChannel("shopguide");
  tabs.onmessage = () => document.querySelector("#sg-back")?.click();
  let seen = "";
  const share = () => {
    const last = document.querySelector("#sg-last .sg-thumbs button")?.dataset.fact ?? "";
    if (!busy && last !== seen) tabs.postMessage((seen = last));
  };

  let message = null;
  // Where the page shows what a wish has done.
  const ANSWERS = "#sg-profile, #sg-need, #sg-notice, #sg-editing, #sg-sheet, #sg-threads";

  const follow = (changes) => {
    const where = ({ target }) => (target.closest ? target : target.parentElement)?.closest(ANSWERS);
    if (waiting && changes.some(where)) heard();
    moveOn();
    tell();
    share();
    const head = document.querySelector(".sg-head");
    if (head && (head.lang !== document.documentElement.lang || head.dataset.title !== document.title)) {
      document.documentElement.lang = head.lang;
      document.title = head.dataset.title;
    }
    // A new turn is brought into view once; its reader then scrolls at will.
    const asked = document.querySelector("#sg-last .sg-asked");
    const text = asked ? asked.textContent : null;
    if (asked && message !== null && text !== message) {
      asked.scrollIntoView({ block: "start", behavior: still() ? "auto" : "smooth" });
    }
    message = text ?? "";
  };

  // Another tab may have gone on with the conversation while this one was out of sight.
  let left = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (left && Date.now() - left > 1000) document.querySelector("#sg-back")?.click();
  });

  // Gradio adds this script to a document that has long been read.
  const changes = { childList: true, characterData: true, attributeFilter: ["lang"], subtree: true };
  new MutationObserver(follow).observe(document.body, changes);
  follow([]);
})();
