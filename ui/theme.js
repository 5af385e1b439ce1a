// Light and dark: as the system has it, until the shopper chooses otherwise.
(() => {
  const KEPT = "shopguide-theme";
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
    if (document.body.classList.contains("dark") !== dark) document.body.classList.toggle("dark", dark);
    const button = document.querySelector(".sg-theme");
    if (button && button.ariaPressed !== String(dark)) button.ariaPressed = String(dark);
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest(".sg-theme")) return;
    const dark = !document.body.classList.contains("dark");
    keep(dark);
    show(dark);
  });
  // Gradio follows the system too, and is heard first.
  system.addEventListener("change", () => setTimeout(show));
  new MutationObserver(() => show()).observe(document.body, { childList: true, subtree: true, attributeFilter: ["class"] });
  show();
})();
