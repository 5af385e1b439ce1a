// What the browser keeps between pages. Where it keeps nothing (a private window, storage switched
// off) the widget works all the same, for one page.

const keeper = (name) => {
  let held = {};
  const read = () => {
    try {
      held = JSON.parse(localStorage.getItem(name)) || {};
    } catch {
      // What cannot be read is as good as none.
    }
    return typeof held === "object" ? held : {};
  };
  return {
    get: (key) => read()[key],
    set(key, value) {
      held = { ...read(), [key]: value };
      try {
        localStorage.setItem(name, JSON.stringify(held));
      } catch {
        // It is held until the page is left.
      }
    },
  };
};

// Whether the panel stays open from page to page of one tab.
const tabKeeper = (name) => ({
  get() {
    try {
      return sessionStorage.getItem(name) === "open";
    } catch {
      return false;
    }
  },
  set(open) {
    try {
      sessionStorage.setItem(name, open ? "open" : "closed");
    } catch {
      // Then it opens closed.
    }
  },
});
