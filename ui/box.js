// The message box: Chinese input, what is pasted, what is sent while an answer is on its way, what
// stands in it when the page is left; and what is said or copied by a tap.
(() => {
  const at = (found) => document.querySelector(found);
  const box = () => at("#sg-box textarea");
  const answering = () => Boolean(at("#sg-stop")?.offsetParent);

  const hint = (text) => {
    const place = at(".sg-hint");
    if (place && place.textContent !== text) place.textContent = text;
  };
  const told = (name) => at(".sg-hint")?.dataset[name] ?? "";

  // Between a message that is sent and the page's first answer to it, nothing is typed: it would
  // be cleared away with the message.
  let sent = 0;
  const free = () => {
    clearTimeout(sent);
    sent = 0;
    if (box()) box().readOnly = false;
  };
  // Why no message can be sent now; empty where one can.
  const early = () => {
    if (sent || answering()) return told("waiting");
    // What the page is about to show would come over the message's answer.
    return at("#sg-last :is(.sg-turn, .sg-welcome)") ? "" : told("loading");
  };
  const sending = () => {
    clearTimeout(sent);
    hint("");
    box().readOnly = true;
    sent = setTimeout(free, 3000);
  };
  const put = (text) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box(), text);
    box().dispatchEvent(new Event("input", { bubbles: true }));
  };

  // What stands in the box when the page is left, or loaded anew after the line was down, stands
  // in it again; not where it is the message that has arrived.
  const DRAFT = "shopguide-draft";
  const folded = (text) => text.trim().split(/\s+/).join(" ");
  const kept = (keep) => {
    try {
      return keep(sessionStorage);
    } catch {
      return null; // a browser that keeps nothing
    }
  };
  addEventListener("pagehide", () => kept((store) => store.setItem(DRAFT, (!at(".sg-editing") && box()?.value) || "")));
  let draft = kept((store) => store.getItem(DRAFT));
  const restore = () => {
    if (!draft || !box() || !at("#sg-last :is(.sg-turn, .sg-welcome)")) return;
    const text = draft;
    draft = "";
    // A message that failed meanwhile comes back into the box itself.
    setTimeout(() => {
      const asked = at("#sg-last .sg-asked p")?.textContent ?? "";
      if (!box().value && folded(text) !== folded(asked)) put(text);
    }, 200);
  };

  // Gradio tells what went wrong on the way in English, above the page, which the style hides.
  const report = () => {
    const toast = at(".toast-body");
    if (toast && !at(".sg-hint")?.textContent) {
      hint(told(/connection/i.test(toast.textContent) ? "lost" : "failed"));
    }
  };
  const settle = () => {
    const text = at(".sg-hint")?.textContent;
    if (text && [told("waiting"), told("loading")].includes(text) && !early()) hint("");
  };

  const watch = (changes) => {
    restore();
    report();
    settle();
    if (!sent) return;
    if (at(".sg-hint")?.textContent === told("unsent")) free();
    const answers = ({ target }) => (target.closest ? target : target.parentElement)?.closest("#sg-last, #sg-notice");
    if (changes.some(answers)) free();
  };
  new MutationObserver(watch).observe(document.body, { childList: true, characterData: true, subtree: true });

  document.addEventListener(
    "keydown",
    (event) => {
      if (!event.target.matches?.("#sg-box textarea")) return;
      if (event.key === "Escape" && at('[data-act="leave_edit"]')) at('[data-act="leave_edit"]').click();
      if (event.key !== "Enter") return;
      // While an input method is open, Enter chooses a word; Gradio would send the message.
      const composing = event.isComposing || event.keyCode === 229;
      const wait = event.shiftKey ? "" : early();
      if (wait && !composing) {
        event.preventDefault();
        hint(wait);
      }
      if (composing || wait) event.stopPropagation();
      else if (!event.shiftKey && box().value.trim()) sending();
    },
    true,
  );

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("#sg-box textarea") && event.inputType !== "insertFromPaste") hint("");
  });

  document.addEventListener("paste", (event) => {
    const { target } = event;
    if (!target.matches?.("#sg-box textarea") || target.maxLength < 0) return;
    const kept = target.value.length - (target.selectionEnd - target.selectionStart);
    const cut = kept + (event.clipboardData?.getData("text").length ?? 0) - target.maxLength;
    hint(cut > 0 ? told("pasted").replace("{cut}", cut.toLocaleString("en")) : "");
  });

  const say = (text) => {
    const place = box();
    if (!place || answering()) return;
    put(text);
    setTimeout(() => at("#sg-send")?.click(), 50);
  };

  const copy = async (button) => {
    const { text, done } = button.dataset;
    const label = button.dataset.label ?? button.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Pages that are not served safely have no clipboard.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      button.focus();
      if (!copied) return;
    }
    button.dataset.label = label;
    button.textContent = done;
    hint(done);
    setTimeout(() => {
      button.textContent = label;
      if (at(".sg-hint")?.textContent === done) hint("");
    }, 2000);
  };

  document.addEventListener(
    "click",
    (event) => {
      const pressed = event.target.closest("button");
      if (!pressed) return;
      if (pressed.matches("#sg-send, .sg-question")) {
        // Gradio holds each of them back while it is answered, and not the others.
        const wait = early();
        if (wait) {
          event.stopPropagation();
          hint(wait);
        } else if (pressed.matches(".sg-question") || box().value.trim()) sending();
      } else if (pressed.matches(".sg-choice")) say(pressed.textContent);
      else if (pressed.matches(".sg-retry")) at("#sg-send")?.click();
      else if (pressed.matches(".sg-copy")) copy(pressed);
    },
    true,
  );
})();
