// The list of tickets by keyboard, and its boxes; every page works without it.
"use strict";

(() => {
  const rows = [...document.querySelectorAll("[data-row]")];
  const boxes = [...document.querySelectorAll(".pick input")];
  const all = document.getElementById("all");
  const picked = document.getElementById("picked");
  const keys = document.getElementById("keys");
  let here = -1;

  function show(place) {
    if (!rows.length) return;
    here = Math.min(Math.max(place, 0), rows.length - 1);
    rows[here].querySelector(".what a").focus();
    rows[here].scrollIntoView({ block: "nearest" });
  }

  function count() {
    const chosen = boxes.filter((box) => box.checked).length;
    if (picked) picked.textContent = chosen ? ` ${chosen} 张` : "";
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    for (const box of boxes) box.closest("tr").classList.toggle("chosen", box.checked);
  }

  // Where somebody stands by mouse or tabulator, the keys go on from there.
  for (const [place, row] of rows.entries()) row.addEventListener("focusin", () => { here = place; });
  for (const box of boxes) box.addEventListener("change", count);
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      count();
    });
  }
  const open = document.getElementById("keys-open");
  if (open) {
    open.hidden = false;
    open.addEventListener("click", () => keys.showModal());
  }
  // A filter that is chosen is asked for; dates wait until they are whole.
  for (const select of document.querySelectorAll("form[data-auto] select")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
  // What is not asked for need not stand in the address.
  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("formdata", (event) => {
      for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
    });
  }
  window.addEventListener("pageshow", count);

  const deeds = {
    j: () => show(here + 1),
    k: () => show(here - 1),
    x: () => boxes[here]?.click(),
    n: () => document.querySelector("a[rel=next]")?.click(),
    p: () => document.querySelector("a[rel=prev]")?.click(),
    "?": () => keys.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (!window.plainKey(event) || keys.open) return;
    const deed = deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
})();
