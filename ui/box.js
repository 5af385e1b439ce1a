// The message box: Chinese input, what is pasted, what is sent while an answer is on its way;
// and what is said or copied by a tap.
(() => {
  const at = (found) => document.querySelector(found);
  const box = () => at("#sg-box textarea");
  const answering = () => Boolean(at("#sg-stop")?.offsetParent);

  const hint = (text) => {
    const place = at(".sg-hint");
    if (place) place.textContent = text;
  };

  // Between a message that is sent and the page's first answer to it, nothing is typed: it would
  // be cleared away with the message.
  let sent = 0;
  const free = () => {
    clearTimeout(sent);
    sent = 0;
    if (box()) box().readOnly = false;
  };
  const sending = () => {
    if (answering() || !box()?.value.trim()) return;
    clearTimeout(sent);
    box().readOnly = true;
    sent = setTimeout(free, 3000);
  };
  const watch = (changes) => {
    if (!sent) return;
    const told = ({ target }) => (target.closest ? target : target.parentElement)?.closest("#sg-last, #sg-notice");
    if (changes.some(told)) free();
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
      const early = !event.shiftKey && (sent || answering());
      if (early && !composing) {
        event.preventDefault();
        hint(at(".sg-hint")?.dataset.waiting ?? "");
      }
      if (composing || early) event.stopPropagation();
      else if (!event.shiftKey) sending();
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
    const pasted = at(".sg-hint")?.dataset.pasted ?? "";
    hint(cut > 0 ? pasted.replace("{cut}", cut.toLocaleString("en")) : "");
  });

  const say = (text) => {
    const place = box();
    if (!place || answering()) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(place, text);
    place.dispatchEvent(new Event("input", { bubbles: true }));
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
      if (pressed.id === "sg-send") sending();
      else if (pressed.matches(".sg-choice")) say(pressed.textContent);
      else if (pressed.matches(".sg-retry")) at("#sg-send")?.click();
      else if (pressed.matches(".sg-copy")) copy(pressed);
    },
    true,
  );
})();
