// One stream a page: the server says what changed, and the page asks for it.
"use strict";

(() => {
  const talk = document.querySelector("[data-conversation]");
  const address = new URL(document.body.dataset.live, location.href);
  if (talk) address.searchParams.set("conversation", talk.dataset.conversation);
  const FADES = 6000; // milliseconds after which nobody is believed to write any more
  let stream = null;
  let fading = 0;

  function tell(name) {
    document.body.dispatchEvent(new CustomEvent(name));
  }

  function showTyping(on) {
    const line = document.getElementById("typing");
    if (line) line.hidden = !on;
  }

  function open() {
    if (stream || document.hidden) return;
    stream = new EventSource(address);
    stream.addEventListener("talk", () => tell("transcript-changed"));
    stream.addEventListener("desk", () => tell("desk-changed"));
    stream.addEventListener("typing", () => {
      showTyping(true);
      clearTimeout(fading);
      fading = setTimeout(() => showTyping(false), FADES);
    });
  }

  // A browser keeps six connections to a server: windows nobody looks at give theirs back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stream?.close();
      stream = null;
    } else {
      open();
      tell("transcript-changed");
      tell("desk-changed");
    }
  });
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    stream = null;
    open();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "transcript") showTyping(false);
  });
  open();
})();
