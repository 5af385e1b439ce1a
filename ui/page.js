// What only the browser knows: composition of Chinese input, scrolling, the document's language.
(() => {
  // While an input method is open, Enter chooses a word; Gradio would send the message.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) {
        event.stopPropagation();
      }
    },
    true,
  );

  // A tapped choice is said as if it had been typed.
  document.addEventListener("click", (event) => {
    const choice = event.target.closest(".sg-choice");
    const box = document.querySelector("#sg-box textarea");
    const send = document.querySelector("#sg-send");
    if (!choice || !box || !send) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(
      box,
      choice.textContent,
    );
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => send.click(), 50);
  });

  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  let message = null;

  const follow = () => {
    const head = document.querySelector(".sg-head");
    if (head && head.lang !== document.documentElement.lang) {
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

  // Gradio adds this script to a document that has long been read.
  const changes = { childList: true, characterData: true, attributeFilter: ["lang"], subtree: true };
  new MutationObserver(follow).observe(document.body, changes);
  follow();
})();
