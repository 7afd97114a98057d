// Warns before the session ends for want of a click, and leaves the page when it has ended.
"use strict";

(() => {
  const dialog = document.getElementById("idle");
  const shown = document.getElementById("idle-seconds");
  const form = dialog.querySelector("form");
  const WARN = 120; // seconds before the end
  let deadline = 0; // milliseconds; 0 while the server has not told it yet
  let asking = false;

  // Another window of the same session may be in use: the server alone knows how long is left.
  async function ask() {
    if (asking) return;
    asking = true;
    try {
      // Not followed: the sign-in page would tell the fetch, and nobody else, why the session ended.
      const answer = await fetch(dialog.dataset.left, {
        headers: { Accept: "application/json" },
        redirect: "manual",
      });
      if (!answer.ok) location.assign(dialog.dataset.login);
      else deadline = Date.now() + (await answer.json()).seconds * 1000;
    } catch {
      // Without a network nothing is known; asked again at the next tick.
    } finally {
      asking = false;
    }
  }

  async function tick() {
    const left = Math.round((deadline - Date.now()) / 1000);
    if (left > WARN) {
      if (dialog.open) dialog.close();
      return;
    }
    // Every ten seconds while it counts down, in case another window went on; and at its end.
    if (left <= 0 || left % 10 === 0 || !dialog.open) await ask();
    const now = Math.max(Math.round((deadline - Date.now()) / 1000), 0);
    shown.textContent = String(now);
    if (now <= WARN && deadline && !dialog.open) dialog.showModal();
    if (now > WARN && dialog.open) dialog.close();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      redirect: "manual",
    }).catch(() => null);
    if (answer?.ok) {
      deadline = Date.now() + (await answer.json()).seconds * 1000;
      dialog.close();
    } else {
      location.assign(dialog.dataset.login);
    }
  });

  ask();
  setInterval(tick, 1000);
})();
