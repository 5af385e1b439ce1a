// Reads what the page says about the widget, and puts it there.

const start = () => {
  const script = document.currentScript ?? document.querySelector('script[src*="widget.js"][data-shop]');
  if (!script?.src || window.ShopGuide) return;
  const said = script.dataset;
  const source = new URL(script.src);
  const base = source.origin + source.pathname.replace(/[^/]*$/, "");
  const wanted = said.lang || document.documentElement.lang || navigator.language || "en";
  const lang = /^zh\b/i.test(wanted) ? "zh" : "en";
  const texts = TEXTS[lang];
  const settings = {
    shop: said.shop, theme: said.theme, accent: said.accent, lang, nonce: script.nonce,
    made: { product: said.productUrl, image: said.imageUrl },
  };
  const name = `shopguide:${base}:${said.shop ?? ""}:${said.catalog ?? ""}`;
  const kept = keeper(name);
  const tab = tabKeeper(name);
  const server = new Server(base, kept, said.catalog);
  server.token = said.token || null;

  let panel = null;
  let conversation = null;
  let token = server.token;

  const talk = () => {
    conversation ??= new Conversation(server, panel, kept, texts);
    return conversation;
  };
  const open = (focus = true) => {
    if (!panel || panel.isOpen) return;
    panel.open(focus);
    tab.set(true);
    talk().unread = 0;
    talk().load();
  };
  const close = () => {
    panel?.close();
    tab.set(false);
  };
  const identify = async (given) => {
    token = given || null;
    if (conversation || panel) return (panel.build(), talk().identify(token));
    server.token = token;
  };
  window.ShopGuide = Object.freeze({ open: () => open(), close, identify, who: () => server.who() });

  const place = () => {
    panel = new Panel(settings, texts, {
      open: () => open(),
      close,
      send: () => talk().send(),
      stop: () => talk().stop(),
      fresh: () => talk().fresh(),
    });
    // A full screen would cover the page that the shopper has just gone to.
    if (tab.get() && !panel.isPhone) open(false);
    else if (kept.get("speaker") && kept.get("speaker") !== "bot") {
      panel.build();
      talk().load();
    }
  };
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);
};
start();
