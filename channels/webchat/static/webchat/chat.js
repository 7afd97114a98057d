// Puts the chat together: sends in order, keeps what is unsent, follows the stream.

import * as api from "./api.js";
import * as view from "./view.js";

const UNSENT = "peipao.unsent";
const composer = document.getElementById("composer");
const box = document.getElementById("text");
const picker = document.getElementById("file");

const LARGEST = 10 * 1024 * 1024; // bytes, as the server takes them
const TYPING_PAUSE = 3000; // milliseconds between two signs that the person is writing
const TYPING_FADES = 6000; // milliseconds after which staff are not believed to write any more

const shown = new Set();
let last = 0;
let following = false;
let waiting = 0;
let sending = Promise.resolve();
// Whether staff looked after the person last: then they see that the person is writing.
let withStaff = false;
let typedAt = 0;
let fading = 0;
// What could not be sent, to be sent again as soon as the server is heard of.
let failed = [];

function receive(message) {
  if (message.author === "person" || shown.has(message.id)) return;
  shown.add(message.id);
  last = Math.max(last, message.id);
  withStaff = message.author === "staff" || (withStaff && message.author === "system");
  clearTimeout(fading);
  view.showTyping(false);
  view.showOurs(message, say);
  if (waiting > 0) view.showTyping(true);
}

/** Staff are writing: shown until they have sent it, or have not been heard for a while. */
function staffType() {
  clearTimeout(fading);
  view.showTyping(true, "工作人员正在输入");
  fading = setTimeout(() => view.showTyping(waiting > 0), TYPING_FADES);
}

function follow() {
  if (following) return;
  following = true;
  api
    .follow(() => last, receive, staffType, connected)
    .finally(() => (following = false));
}

function connected(yes) {
  view.showOffline(!yes);
  if (yes) retry();
}

function retry() {
  const again = failed;
  failed = [];
  for (const { message, line } of again) post(message, line);
}

function unsent() {
  try {
    return JSON.parse(localStorage.getItem(UNSENT)) ?? [];
  } catch {
    return [];
  }
}

function keep(message) {
  localStorage.setItem(UNSENT, JSON.stringify([...unsent(), message]));
}

function forget(id) {
  localStorage.setItem(UNSENT, JSON.stringify(unsent().filter((message) => message.id !== id)));
}

/** Says `text` as the person: shown and kept at once, sent in order, sent again until stored. */
function say(text) {
  text = text.trim();
  if (!text) return;
  const message = { id: api.newId(), text };
  keep(message);
  post(message, view.showOwn(text));
}

/** Sends a file as the person's message; a file cannot be kept for a later visit, words can. */
function sendFile(file) {
  const line = view.showOwnFile({ name: file.name, size: file.size });
  if (file.size > LARGEST) {
    line.refused("文件太大了，每个不超过10MB。可以压缩图片，或者分开发送。");
    return;
  }
  post({ id: api.newId(), file }, line);
}

function post(message, line) {
  line.sending();
  waiting += 1;
  view.showTyping(true);
  sending = sending.then(() => deliver(message, line));
}

async function deliver(message, line) {
  try {
    const turn = await withPatience(() => send(message));
    forget(message.id);
    view.showOffline(false);
    line.sent();
    for (const reply of turn.replies) receive(reply);
    follow();
  } catch (error) {
    const final = error instanceof api.Refused && error.status < 500 && error.status !== 429;
    if (final) {
      forget(message.id);
      line.refused(error.message);
    } else {
      const why = error instanceof api.Refused ? error.message : "没有发出去。";
      failed.push({ message, line });
      line.failed(why, retry);
      if (!(error instanceof api.Refused)) view.showOffline(true);
      setTimeout(retry, 15000);
    }
  } finally {
    waiting -= 1;
    view.showTyping(waiting > 0);
  }
}

/** One try, with a new session when the old one has run out. */
async function send({ id, text, file }) {
  const once = () => (file ? api.sendFile(id, file) : api.send(id, text));
  if (!api.hasSession()) await api.openSession();
  try {
    return await once();
  } catch (error) {
    if (!(error instanceof api.Refused) || error.status !== 401) throw error;
    await api.openSession();
    // A new session is a new conversation, whose ids begin again.
    shown.clear();
    last = 0;
    return once();
  }
}

// A connection that broke says nothing about whether the message arrived; its id makes asking safe.
async function withPatience(ask) {
  for (const pause of [800, 2500, 6000]) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof api.Refused && error.status < 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return ask();
}

async function resume() {
  if (!api.hasSession()) return;
  let lines;
  try {
    lines = await api.history();
  } catch (error) {
    if (!(error instanceof api.Refused)) view.showOffline(true);
    if (error.status !== 401) setTimeout(resume, 3000);
    return;
  }
  view.showOffline(false);
  if (lines.length) api.openSession({ renew: true }).catch(() => {});
  const stored = new Set();
  for (const line of lines) {
    if (line.author === "person") {
      stored.add(line.message_id);
      if (line.attachment) view.showOwnFile(line.attachment, line.at);
      else view.showOwn(line.text, line.at);
      last = Math.max(last, line.id);
    } else {
      receive(line);
    }
  }
  for (const message of unsent()) {
    if (stored.has(message.id)) forget(message.id);
    else post(message, view.showOwn(message.text));
  }
  if (lines.length) follow();
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  say(box.value);
  box.value = "";
  grow();
  box.focus();
});

box.addEventListener("keydown", (event) => {
  // While an input method composes, Enter chooses a word.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});

function grow() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 140)}px`;
}

box.addEventListener("input", () => {
  grow();
  if (withStaff && box.value && Date.now() - typedAt > TYPING_PAUSE) {
    typedAt = Date.now();
    api.typing();
  }
});
picker.addEventListener("change", () => {
  for (const file of picker.files) sendFile(file);
  picker.value = "";
  box.focus();
});
window.addEventListener("offline", () => view.showOffline(true));
window.addEventListener("online", () => {
  view.showOffline(false);
  retry();
});
for (const button of document.querySelectorAll("#welcome [data-say]")) {
  button.addEventListener("click", () => say(button.dataset.say));
}
view.fetchFilesWith(api.fetchFile);
resume();
