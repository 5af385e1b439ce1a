// What lies above the page, and the products that are chosen for a comparison.
(() => {
  const MOST = 4;
  const at = (found) => document.querySelector(found);
  const wish = (act, value = "") => document.dispatchEvent(new CustomEvent("sg-wish", { detail: { act, value } }));
  const chosen = new Set();

  const bar = (most = false) => {
    const count = at(".sg-chosen-count");
    if (!count) return;
    const { text, most: told } = count.dataset;
    const said = chosen.size ? text.replace("{count}", chosen.size) + (most ? ` – ${told}` : "") : "";
    if (count.textContent !== said) count.textContent = said;
    at(".sg-chosen").classList.toggle("sg-some", chosen.size > 0);
    at(".sg-compare-now").disabled = chosen.size < 2;
  };

  const mark = () => {
    for (const button of document.querySelectorAll("[data-compare]")) {
      const pressed = String(chosen.has(button.dataset.compare));
      if (button.ariaPressed !== pressed) button.ariaPressed = pressed;
    }
    bar();
  };

  const open = () => {
    const sheet = at("#sg-sheet .sg-sheet");
    if (!sheet || sheet.open || sheet.dataset.closed) return;
    sheet.addEventListener("close", () => {
      sheet.dataset.closed = "yes";
      wish("close_sheet");
    });
    // A press beside it closes it, too.
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
    sheet.showModal();
    at("#sg-sheet .sg-lit")?.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.id === "sg-new") chosen.clear();
    const id = button.dataset.compare;
    if (id !== undefined) {
      const full = !chosen.has(id) && chosen.size === MOST;
      if (!full && !chosen.delete(id)) chosen.add(id);
      mark();
      bar(full);
    } else if (button.matches(".sg-compare-now")) {
      wish("compare", [...chosen].join("\n"));
    } else if (button.matches(".sg-compare-none")) {
      chosen.clear();
      mark();
      at("#sg-box textarea")?.focus();
    } else if (button.matches("[data-close]")) {
      button.closest("dialog")?.close();
    }
  });

  // A picture that is not there leaves the drawing below it.
  document.addEventListener(
    "error",
    (event) => event.target.matches?.(".sg-picture img") && event.target.remove(),
    true,
  );

  const changes = { childList: true, subtree: true };
  new MutationObserver(() => (mark(), open())).observe(document.body, changes);
  mark();
  open();
})();
