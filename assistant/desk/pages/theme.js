// Light and dark: as the system has it, until somebody chooses otherwise; the shopper's page keeps
// the same word for it. It stands in the head, so that no page flashes in the other colours.
(() => {
  "use strict";
  const KEPT = "shopguide-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null; // a browser that keeps nothing follows the system
    }
  };
  const keep = (dark) => {
    try {
      // What the system has needs no word: it may change with the hour.
      if (dark === system.matches) localStorage.removeItem(KEPT);
      else localStorage.setItem(KEPT, dark ? "dark" : "light");
    } catch {
      // it lasts until the page is left
    }
  };
  const show = (dark = (chosen() ?? (system.matches ? "dark" : "light")) === "dark") => {
    root.dataset.theme = dark ? "dark" : "light";
    const button = document.querySelector(".theme");
    if (button) button.ariaPressed = String(dark);
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest(".theme")) return;
    const dark = root.dataset.theme !== "dark";
    keep(dark);
    show(dark);
  });
  document.addEventListener("DOMContentLoaded", () => show());
  system.addEventListener("change", () => show());
  show();
})();
