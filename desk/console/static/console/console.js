// Small help for the console's pages; every page works without it.
"use strict";

const NEAR = 40; // pixels from the end that still count as reading the newest line

function scrollBox() {
  return document.querySelector(".talk .scroll");
}

function toEnd(box) {
  box.scrollTop = box.scrollHeight;
}

document.addEventListener("DOMContentLoaded", () => {
  const box = scrollBox();
  if (box) toEnd(box);
});

// On a phone the filters would stand before the first result.
document.addEventListener("DOMContentLoaded", () => {
  if (!window.matchMedia("(max-width: 40rem)").matches) return;
  for (const sieve of document.querySelectorAll("details.sieve")) sieve.open = false;
});

// Who reads the newest line keeps seeing it; who reads further up is left in peace.
let atEnd = true;
document.addEventListener(
  "scroll",
  (event) => {
    const box = event.target;
    if (box === scrollBox()) atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  },
  true,
);
// A picture that comes late must not push the newest line out of sight.
document.addEventListener(
  "load",
  (event) => {
    const box = scrollBox();
    if (atEnd && box?.contains(event.target)) toEnd(box);
  },
  true,
);
document.addEventListener("htmx:afterSettle", (event) => {
  const box = scrollBox();
  if (box && atEnd && event.detail.target.id === "transcript") toEnd(box);
  // A sent reply leaves an empty form: the next one is written there at once.
  const text = document.getElementById("reply-text");
  if (text && event.detail.target.id === "reply") text.focus();
  // A refusal stands at the top; on a telephone its button is far below.
  if (event.detail.target.id === "notice") document.getElementById("notice").scrollIntoView({ block: "nearest" });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  if (event.target instanceof HTMLTextAreaElement && event.target.form && !event.target.matches(":disabled")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// A form that leaves the page is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // What is downloaded leaves the page as it is: it may be asked for again.
  if (form.hasAttribute("hx-post") || form.hasAttribute("data-again") || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A letter pressed by itself is a command, but not where somebody writes.
window.plainKey = (event) =>
  !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing) &&
  !event.target.closest("input:not([type=checkbox]), textarea, select, dialog");

document.addEventListener("keydown", (event) => {
  if (!window.plainKey(event)) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted instanceof HTMLAnchorElement) wanted.click();
  else wanted.focus();
});
