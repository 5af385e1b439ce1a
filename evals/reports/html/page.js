"use strict";
// Everything is readable without this: it only narrows lists and opens what is closed.
for (const form of document.querySelectorAll("form.filter")) {
  const talks = [...document.getElementById(form.dataset.filter).querySelectorAll("details.talk")];
  const words = new Map(talks.map((talk) => [talk, talk.textContent.toLowerCase()]));
  const status = form.querySelector("[role=status]");
  const check = form.elements.check;
  const names = new Set(talks.flatMap((talk) => talk.dataset.checks.split(" ").filter(Boolean)));
  for (const name of check ? [...names].sort() : []) check.add(new Option(name));
  const chosen = (name) => (form.elements[name] ? form.elements[name].value : "");
  const narrow = () => {
    const wanted = chosen("words").toLowerCase().trim();
    let shown = 0;
    for (const talk of talks) {
      const data = talk.dataset;
      const fits =
        (!wanted || words.get(talk).includes(wanted)) &&
        (!chosen("system") || data.system === chosen("system")) &&
        (!chosen("language") || data.language === chosen("language")) &&
        (!chosen("check") || data.checks.split(" ").includes(chosen("check")));
      talk.hidden = !fits;
      shown += fits;
    }
    status.textContent = `${shown} of ${talks.length} shown`;
  };
  const openAll = (open) => talks.forEach((talk) => (talk.open = open && !talk.hidden));
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.open.addEventListener("click", () => openAll(true));
  form.elements.close.addEventListener("click", () => openAll(false));
  form.hidden = false;
  narrow();
}
// What is closed would be missing on paper.
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details.talk")) one.open = true;
});
