// Shows messages. Text from anywhere is set as text, never as HTML.

const log = document.getElementById("log");
const passage = document.getElementById("passage");

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

/** What the person said. Returns a handle to say how the sending went. */
export function showOwn(text, at = new Date()) {
  const line = element("article", "line person");
  const bubble = element("div", "bubble");
  bubble.append(formatted(text));
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
  bubble.append(formatted(message.text));
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
    const number = [citation.number, ...new Set(places)].filter(Boolean).join(" · ");
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
  const meta = [
    citation.number,
    citation.issued && `${citation.issued} 发布`,
    citation.status,
  ];
  set("passage-meta", meta.filter(Boolean).join(" · "));
  const quoted = passages.map((one) => {
    const quote = element("blockquote");
    const place = one.article || one.heading;
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

/** The three dots of someone writing. */
export function showTyping(on) {
  if (on && !typing) {
    typing = element("article", "line bot typing");
    const bubble = element("div", "bubble");
    bubble.append(element("i"), element("i"), element("i"));
    bubble.setAttribute("aria-label", "正在回答");
    typing.append(bubble);
  }
  if (on) {
    log.append(typing);
    toEnd();
  } else if (typing) {
    typing.remove();
  }
}

export function showOffline(offline) {
  document.getElementById("offline").hidden = !offline;
}
