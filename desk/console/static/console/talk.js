// The reply box: says that somebody writes, and puts canned replies in by keyboard.
"use strict";

(() => {
  const talk = document.querySelector("[data-typing]");
  if (!talk) return;
  const PAUSE = 3000; // milliseconds between two signs that somebody writes
  let typedAt = 0;

  const box = () => document.getElementById("reply-text");
  const menu = () => document.getElementById("phrases");
  const opener = () => document.getElementById("phrases-open");
  const shown = () => [...menu().querySelectorAll("li:not([hidden]) button")];

  function sayTyping() {
    if (Date.now() - typedAt < PAUSE) return;
    typedAt = Date.now();
    const form = new FormData();
    form.append("csrfmiddlewaretoken", document.querySelector("#reply [name=csrfmiddlewaretoken]").value);
    fetch(talk.dataset.typing, { method: "POST", body: form }).catch(() => {});
  }

  function openMenu() {
    if (!menu()) return;
    menu().hidden = false;
    opener().setAttribute("aria-expanded", "true");
    const filter = document.getElementById("phrases-filter");
    filter.value = "";
    narrow("");
    filter.focus();
  }

  function closeMenu({ back = true } = {}) {
    if (!menu() || menu().hidden) return;
    menu().hidden = true;
    opener().setAttribute("aria-expanded", "false");
    if (back) box().focus();
  }

  function narrow(words) {
    for (const item of menu().querySelectorAll("li")) {
      item.hidden = !item.textContent.toLowerCase().includes(words.toLowerCase());
    }
  }

  function insert(button) {
    const text = box();
    // The stroke that opened the list is no part of the reply.
    if (text.value === "/") text.value = "";
    closeMenu();
    text.setRangeText(button.dataset.text, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  talk.addEventListener("input", (event) => {
    if (event.target.id === "phrases-filter") narrow(event.target.value.trim());
    if (event.target.id !== "reply-text") return;
    if (event.target.value === "/") openMenu();
    else if (event.target.value.trim()) sayTyping();
  });

  talk.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.id === "phrases-open") {
      if (menu().hidden) openMenu();
      else closeMenu();
    } else if (button?.dataset.text !== undefined) insert(button);
  });

  talk.addEventListener("keydown", (event) => {
    if (!menu() || menu().hidden || !menu().contains(event.target)) return;
    const buttons = shown();
    const at = buttons.indexOf(event.target);
    if (event.key === "Escape") closeMenu();
    else if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (buttons[at - 1] ?? document.getElementById("phrases-filter")).focus();
    else if (event.key === "Enter" && at < 0 && !event.isComposing) {
      if (buttons[0]) insert(buttons[0]);
    } else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#phrases, #phrases-open")) closeMenu({ back: false });
  });
})();
