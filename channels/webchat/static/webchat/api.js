// The chat API: session, turns, history and the live stream. Knows nothing of the page.

const TOKEN = "peipao.token";

let token = localStorage.getItem(TOKEN);

export class Refused extends Error {
  constructor(status, body) {
    super(body?.error?.message ?? "服务暂时没有回应，请稍后再试。");
    this.status = status;
    this.code = body?.error?.code ?? "unknown";
  }
}

export function hasSession() {
  return Boolean(token);
}

/** A new message id: the same id sent again is the same turn, so a retry never repeats. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A new visitor's session; with `renew`, a fresh token of the same visitor. */
export async function openSession({ renew = false } = {}) {
  const known = renew ? { headers: headers() } : {};
  const body = await read(await fetch("/api/chat/sessions", { method: "POST", ...known }));
  token = body.token;
  localStorage.setItem(TOKEN, token);
}

function headers() {
  return { Authorization: `Bearer ${token}` };
}

async function read(response) {
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) throw new Refused(response.status, body);
  return body;
}

/** One turn. Resolves to {replies, pending}; throws Refused, or TypeError without a network. */
export async function send(id, text) {
  return read(
    await fetch("/api/chat/messages", {
      method: "POST",
      headers: { ...headers(), "Content-Type": "application/json" },
      body: JSON.stringify({ id, text }),
    }),
  );
}

/** One file as one message; as `send`. */
export async function sendFile(id, file) {
  const form = new FormData();
  form.append("id", id);
  form.append("file", file);
  return read(await fetch("/api/chat/files", { method: "POST", headers: headers(), body: form }));
}

/** A file of this conversation, as a Blob. */
export async function fetchFile(id) {
  const response = await fetch(`/api/chat/files/${id}`, { headers: headers() });
  if (!response.ok) throw new Refused(response.status, await response.json().catch(() => null));
  return response.blob();
}

/** Tells staff that the person is writing; whether it arrives does not matter. */
export function typing() {
  fetch("/api/chat/typing", { method: "POST", headers: headers() }).catch(() => {});
}

export async function history(after = 0) {
  return (await read(await fetch(`/api/chat/messages?after=${after}`, { headers: headers() }))).messages;
}

/**
 * Follows the stream for ever, connecting again when it breaks. `after()` tells the last id the page
 * has; `onMessage` gets every message, `onTyping` is called while staff write, `onState` gets true when
 * connected and false when not.
 */
export async function follow(after, onMessage, onTyping, onState) {
  let pause = 1000;
  for (;;) {
    try {
      const response = await fetch(`/api/chat/stream?after=${after()}`, { headers: headers() });
      if (!response.ok) throw new Refused(response.status, await response.json().catch(() => null));
      onState(true);
      pause = 1000;
      await events(response.body, { message: onMessage, typing: onTyping });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return;
      onState(navigator.onLine !== false && error instanceof Refused);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 15000);
  }
}

// EventSource cannot send the bearer token, and a token in the address would stand in logs.
async function events(body, handlers) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const field = (name) =>
        block
          .split("\n")
          .filter((line) => line.startsWith(`${name}: `))
          .map((line) => line.slice(name.length + 2))
          .join("\n");
      const data = field("data");
      if (data) handlers[field("event")]?.(JSON.parse(data));
    }
  }
}
