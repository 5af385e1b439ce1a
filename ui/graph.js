// The drawing of the interests: moved with the mouse, as a finger and the keys move it already; and
// a path that is lit and told, by a press on what lies on it or beside it in the list.
(() => {
  const FAR = 4;
  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  let held = null;
  let moved = false;
  document.addEventListener("pointerdown", (event) => {
    moved = false;
    const scroll = event.target.closest?.(".sg-graph-scroll");
    if (!scroll || event.pointerType !== "mouse" || event.button) return;
    held = { scroll, x: event.clientX, y: event.clientY, left: scroll.scrollLeft, top: scroll.scrollTop };
  });
  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [right, down] = [event.clientX - held.x, event.clientY - held.y];
    if (!moved && Math.hypot(right, down) < FAR) return;
    moved = true;
    held.scroll.classList.add("sg-g-moving");
    held.scroll.scrollLeft = held.left - right;
    held.scroll.scrollTop = held.top - down;
  });
  const release = () => {
    held?.scroll.classList.remove("sg-g-moving");
    held = null;
  };
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);

  const line = (text) => Object.assign(document.createElement("p"), { textContent: text, dir: "auto" });

  // Lights the paths and tells them; with none, all is as it was.
  const tell = (graph, paths, node, about) => {
    graph.querySelector(".sg-graph-scroll").classList.toggle("sg-g-dim", paths.length > 0 || node !== null);
    for (const part of graph.querySelectorAll("[data-paths]")) {
      part.classList.toggle("sg-g-lit", part.dataset.paths.split(" ").some((path) => paths.includes(path)));
    }
    for (const part of graph.querySelectorAll(".sg-g-node")) part.classList.toggle("sg-g-here", part === node);
    for (const item of graph.querySelectorAll("[data-path]")) {
      item.querySelector(".sg-g-trace").ariaPressed = String(paths.includes(item.dataset.path));
    }
    const told = paths.map((path) => {
      const item = graph.querySelector(`[data-path="${path}"]`);
      return `${item.querySelector("strong").innerText}: ${item.querySelector(".sg-g-path").innerText}`;
    });
    graph.querySelector(".sg-g-why").replaceChildren(...(about ? [about] : []).concat(told).map(line));
  };

  const trace = (graph, path, pressed) => {
    if (pressed) return tell(graph, [], null, "");
    tell(graph, [path], null, "");
    const ends = graph.querySelectorAll(`.sg-g-new.sg-g-lit`);
    ends[ends.length - 1]?.scrollIntoView({
      block: "nearest",
      inline: "center",
      behavior: still() ? "auto" : "smooth",
    });
  };

  document.addEventListener("click", (event) => {
    const graph = event.target.closest?.(".sg-graph");
    if (!graph) return;
    const button = event.target.closest(".sg-g-trace");
    const node = event.target.closest(".sg-graph-scroll .sg-g-node");
    if (button) {
      trace(graph, button.closest("[data-path]").dataset.path, button.ariaPressed === "true");
    } else if (node && !moved) {
      const paths = node.dataset.paths?.split(" ") ?? [];
      tell(graph, paths, node, node.querySelector("title").textContent);
    }
  });

  document.addEventListener("keydown", (event) => {
    const graph = event.target.closest?.(".sg-graph");
    if (graph && event.key === "Escape") tell(graph, [], null, "");
  });
})();
