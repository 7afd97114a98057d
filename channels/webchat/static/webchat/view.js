// Shows messages. Text from anywhere is set as text, never as HTML.

const log = document.getElementById("log");
const passage = document.getElementById("passage");
const NEAR = 40; // pixels from the end that still count as reading the newest line

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** `text` in paragraphs, with **figures** bold. */
function formatted(text) {
  const fragment = document.createDocumentFragment();
  for (const paragraph of text.split(/\n{2,}/)) {
    const p = element("p");
    for (const part of paragraph.split(/(\*\*[^*\n]+\*\*)/)) {
      if (part.startsWith("**") && part.endsWith("**") && part.length > 4) {
        p.append(element("strong", "", part.slice(2, -2)));
      } else {
        p.append(part);
      }
    }
    fragment.append(p);
  }
  return fragment;
}

function clock(at) {
  return new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
}

function toEnd() {
  log.scrollTop = log.scrollHeight;
}

// A long answer is read from its beginning.
function toBeginning(line) {
  if (line.offsetHeight > log.clientHeight * 0.8) line.scrollIntoView({ block: "start" });
  else toEnd();
}

// Some titles name the official document within themselves.
function titled(title) {
  return title.includes("《") ? title : `《${title}》`;
}

let fetchFile = null;

/** `fetch(id)` gives a file of the conversation as a Blob. */
export function fetchFilesWith(fetch) {
  fetchFile = fetch;
}

function sized(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(Math.round(bytes / 1024), 1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

// A picture that comes late must not push the newest line out of sight.
function shown(image) {
  URL.revokeObjectURL(image.src);
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  image.hidden = false;
  if (atEnd) toEnd();
}

/** A file: its name, and on demand the file itself; a picture is shown at once. */
function fileCard({ id, name, size, picture }) {
  const card = element("div", "file");
  const button = element("button", "", `${name}（${sized(size)}）`);
  button.type = "button";
  button.disabled = !id;
  button.addEventListener("click", async () => {
    const address = URL.createObjectURL(await fetchFile(id));
    const link = element("a");
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  });
  card.append(button);
  if (id && picture) {
    const image = element("img");
    image.alt = name;
    image.hidden = true;
    card.prepend(image);
    fetchFile(id).then(
      (blob) => {
        image.src = URL.createObjectURL(blob);
        image.addEventListener("load", () => shown(image), { once: true });
      },
      () => {},
    );
  }
  return card;
}

/** A file the person sent. Returns a handle as `showOwn`. */
export function showOwnFile(file, at = new Date()) {
  return showLine(fileCard(file), at);
}

/** What the person said. Returns a handle to say how the sending went. */
export function showOwn(text, at = new Date()) {
  return showLine(formatted(text), at);
}

function showLine(content, at) {
  const line = element("article", "line person");
  const bubble = element("div", "bubble");
  bubble.append(content);
  const state = element("p", "state", clock(at));
  line.append(bubble, state);
  dropQuick();
  log.append(line);
  toEnd();
  return {
    sending: () => (state.textContent = "发送中…"),
    sent: () => (state.textContent = clock(at)),
    refused: (why) => {
      line.classList.add("refused");
      state.textContent = why;
    },
    failed: (why, retry) => {
      state.textContent = `${why} `;
      const again = element("button", "again", "重试");
      again.type = "button";
      again.addEventListener("click", retry, { once: true });
      state.append(again);
      toEnd();
    },
  };
}

/** What we said; `choose(text)` is called when a quick reply is tapped. */
export function showOurs(message, choose) {
  const line = element("article", `line ${message.author}`);
  line.dataset.id = message.id;
  const bubble = element("div", "bubble");
  bubble.append(message.attachment ? fileCard(message.attachment) : formatted(message.text));
  if (message.citations?.length) bubble.append(sources(message.citations));
  line.append(element("p", "who", message.name), bubble, element("p", "state", clock(message.at)));
  dropQuick();
  if (message.buttons?.length) line.append(quick(message.buttons, choose));
  log.append(line);
  toBeginning(line);
}

function quick(buttons, choose) {
  const group = element("div", "quick");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "快捷回复");
  for (const { title, payload } of buttons) {
    const button = element("button", "", title);
    button.type = "button";
    button.addEventListener("click", () => choose(payload));
    group.append(button);
  }
  return group;
}

// Old quick replies belong to an older question.
function dropQuick() {
  for (const group of log.querySelectorAll(".line:not(#welcome) .quick")) group.remove();
}

function byDocument(citations) {
  const groups = new Map();
  for (const citation of citations) {
    groups.set(citation.document, [...(groups.get(citation.document) ?? []), citation]);
  }
  return groups.values();
}

/** Whether a passage quotes a law that is not its document: 《民法典》第四百九十条. */
function isOfAnotherLaw(citation) {
  return (citation.article ?? "").startsWith("《");
}

/** The number that all passages share with their document; none beside another law's. */
function ownNumber(passages) {
  return passages.some(isOfAnotherLaw) ? "" : passages[0].number;
}

function sources(citations) {
  const list = element("ul", "sources");
  list.setAttribute("aria-label", "依据");
  // One card a document, however many of its passages are quoted.
  for (const passages of byDocument(citations)) {
    const [citation] = passages;
    const places = passages.map((one) => one.article || one.heading);
    const item = element("li");
    const button = element("button", "source");
    button.type = "button";
    button.append(element("span", "source-title", titled(citation.title)));
    const number = [ownNumber(passages), ...new Set(places)].filter(Boolean).join(" · ");
    button.append(element("span", "source-number", number));
    button.addEventListener("click", () => open(passages));
    item.append(button);
    list.append(item);
  }
  return list;
}

function open(passages) {
  const [citation] = passages;
  const set = (id, text) => (document.getElementById(id).textContent = text);
  set("passage-title", titled(citation.title));
  const own = ownNumber(passages);
  const meta = [own, own && citation.issued && `${citation.issued} 发布`, citation.status];
  set("passage-meta", meta.filter(Boolean).join(" · "));
  const quoted = passages.map((one) => {
    const quote = element("blockquote");
    const number = isOfAnotherLaw(one) && one.number && `（${one.number}）`;
    const place = (one.article || one.heading) + (number || "");
    if (place) quote.append(element("strong", "place", place));
    quote.append(element("p", "", one.text ?? ""));
    return quote;
  });
  document.getElementById("passage-text").replaceChildren(...quoted);
  document.getElementById("passage-sample").hidden = !citation.sample;
  document.getElementById("passage-page").href = citation.link;
  const official = document.getElementById("passage-official");
  const safe = /^https?:\/\//.test(citation.url ?? "");
  official.hidden = !safe;
  if (safe) official.href = citation.url;
  passage.showModal();
}

passage.addEventListener("click", (event) => {
  if (event.target === passage) passage.close();
});

let typing = null;

/** The three dots of someone writing, and for whom they stand. */
export function showTyping(on, who = "正在回答") {
  if (on && !typing) {
    typing = element("article", "line bot typing");
    const bubble = element("div", "bubble");
    bubble.append(element("i"), element("i"), element("i"));
    bubble.setAttribute("role", "img");
    typing.append(bubble);
  }
  if (on) {
    typing.firstChild.setAttribute("aria-label", who);
    log.append(typing);
    toEnd();
  } else if (typing) {
    typing.remove();
  }
}

export function showOffline(offline) {
  document.getElementById("offline").hidden = !offline;
}
