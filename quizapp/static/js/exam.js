// The exam page: each change is kept on this device, sent at once, and removed here when the server has it.
import * as clock from "./clock.js";
import * as kept from "./kept.js";
import * as look from "./look.js";
import { LONGEST_WAIT, post, sendKept } from "./outbox.js";
import * as shortcuts from "./shortcuts.js";

const form = document.getElementById("exam");
const sign = document.getElementById("saved");
const fields = form.elements;
const [person, attempt] = form.dataset.key.split(":");
const prefix = `${person}:${attempt}:`;

let token = fields.csrf_token.value;
let base = Number(fields.base.value);
let flagged = fields.flagged.value === "1";
let current = null; // the change that was sent and is not settled: it comes first, or it would be in conflict
let waiting = null; // the newest change behind it
let sending = null; // a promise while changes are delivered
let tries = 0;
let isLeaving = false;

// ---- What the page shows -------------------------------------------------------------------------------------

function show(state, time = "") {
  sign.dataset.state = state;
  const key = state.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const words = sign.dataset[key].replace("{time}", time);
  const span = sign.querySelector("span");
  if (span.textContent !== words) span.textContent = words; // screen readers hear a change once, not each try
  square()?.classList.toggle("waiting", state !== "saved");
}

function square() {
  return form.querySelector(".palette [aria-current]");
}

function showSquare() {
  const button = square();
  if (!button) return;
  const isAnswered = form.querySelector("input[type=radio]:checked") !== null;
  button.classList.toggle("done", isAnswered);
  button.classList.toggle("flag", flagged);
  form.querySelector(".clear-answer").hidden = !isAnswered;
  const counts = form.querySelector(".palette summary small");
  const count = (kind) => form.querySelectorAll(`.palette li .${kind}`).length;
  counts.textContent = counts.dataset.words.replace("{answered}", count("done")).replace("{flagged}", count("flag"));
}

function showFlag() {
  fields.flagged.value = flagged ? "1" : "0";
  const button = form.querySelector(".exam-flag");
  button.setAttribute("aria-pressed", String(flagged));
  const words = button.querySelector("span");
  words.textContent = flagged ? words.dataset.on : words.dataset.off;
  showSquare();
}

// ---- Changes -------------------------------------------------------------------------------------------------

function answer() {
  const posted = {};
  for (const input of form.querySelectorAll(".options input:checked")) (posted[input.name] ??= []).push(input.value);
  return posted;
}

function apply(posted) {
  for (const input of form.querySelectorAll(".options input")) {
    input.checked = (posted[input.name] ?? []).includes(input.value);
  }
}

const newId = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16)).join("");

async function changed(from = base) {
  const change = { base: from, change_id: newId(), fields: answer(), flagged, ms: look.take() };
  waiting = { key: form.dataset.key, url: form.dataset.save, change };
  show("saving");
  showSquare();
  try {
    await kept.put(waiting);
  } catch {
    // Storage is full or forbidden: the change still goes to the server, and the page says when it is there.
  }
  send();
}

function send() {
  sending ??= deliver().finally(() => {
    sending = null;
  });
  return sending;
}

// Resolves once everything is delivered, or a question to the learner stands in the way.
async function delivered() {
  while (sending || (waiting && document.getElementById("conflict").hidden)) {
    await (sending ?? new Promise((resolve) => setTimeout(resolve, 20)));
  }
}

async function deliver() {
  while (current || waiting) {
    if (!current) {
      current = waiting;
      waiting = null;
      if (!current.isReplay) current.change.base = base;
    }
    const record = current;
    let response;
    try {
      response = await post(record, token);
    } catch {
      show("kept");
      await pause();
      continue;
    }
    if (await settle(record, response)) continue;
    return;
  }
}

// What the server said about a change. True: go on with whatever waits now.
async function settle(record, response) {
  if (response.status === 200) {
    const body = await response.json();
    tries = 0;
    base = Math.max(base, body.version);
    fields.base.value = base;
    await done(record);
    if (body.left !== null) timer?.set(body.left);
    if (!waiting) show("saved", body.at);
    return true;
  }
  if (response.status === 409) {
    conflict(record, await response.json());
    return false;
  }
  if (response.status === 410) {
    await done(record);
    leaveFor(form.action);
    return false;
  }
  if (response.status === 401 || response.status === 400) {
    if (await renewToken()) return true;
    show("signed-out");
    await pause();
    return true;
  }
  if (response.status >= 500 || response.status === 429) {
    show("kept");
    await pause();
    return true;
  }
  await done(record);
  show("problem");
  return false;
}

async function done(record) {
  if (current === record) current = null;
  // A newer change of this item stands under the same key: leave that one.
  if (!waiting) await kept.remove(record.key).catch(() => {});
}

// After signing in again in another tab the page's token is out of date: read a new one from the same address.
async function renewToken() {
  try {
    const response = await fetch(form.action, { headers: { "X-Quizapp-Background": "1" }, redirect: "manual" });
    if (!response.ok) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = page.querySelector("#exam input[name=csrf_token]")?.value;
    if (!found || found === token) return false;
    token = fields.csrf_token.value = found;
    return true;
  } catch {
    return false;
  }
}

let wake = () => {};
function pause() {
  tries += 1;
  const wait = Math.min(LONGEST_WAIT, 500 * 2 ** tries) * (0.5 + Math.random() / 2);
  return new Promise((resolve) => {
    const timeout = setTimeout(resolve, wait);
    wake = () => {
      clearTimeout(timeout);
      resolve();
    };
  });
}
addEventListener("online", () => wake());
addEventListener("focus", () => wake());

// ---- Two answers to one item ---------------------------------------------------------------------------------

function conflict(record, body) {
  const box = document.getElementById("conflict");
  const mine = { fields: record.change.fields, flagged: record.change.flagged };
  const theirs = { fields: body.fields, flagged: body.flagged };
  for (const [side, state] of Object.entries({ mine, theirs })) {
    apply(state.fields);
    const chosen = form.querySelector(".options input:checked")?.closest("label");
    const place = box.querySelector(`[data-side=${side}]`);
    place.replaceChildren(box.dataset[side], ": ", chosen ? chosen.querySelector(".option-text").cloneNode(true) : "–");
  }
  apply(mine.fields);
  base = body.version;
  fields.base.value = base;
  show("conflict");
  box.hidden = false;
  box.scrollIntoView({ block: "center" });
  box.querySelector("button").focus();
  box.onclick = async (event) => {
    const keep = event.target.closest("[data-keep]")?.dataset.keep;
    if (!keep) return;
    box.hidden = true;
    await done(record);
    const chosen = keep === "mine" ? mine : theirs;
    apply(chosen.fields);
    flagged = chosen.flagged;
    showFlag();
    if (keep === "mine") await changed();
    else location.reload();
  };
}

// ---- Leaving -------------------------------------------------------------------------------------------------

function leaveFor(address) {
  isLeaving = true;
  location.assign(address);
}

form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.value === "flag" || button?.value === "clear") {
    event.preventDefault();
    if (button.value === "clear") apply({});
    else flagged = !flagged;
    showFlag();
    if (button.value === "clear") form.querySelector(".options input").focus();
    changed();
    return;
  }
  if (current || waiting) {
    // What is on its way comes first; then the same button again.
    event.preventDefault();
    await Promise.race([delivered(), new Promise((resolve) => setTimeout(resolve, 4000))]);
    if (current || waiting) return; // offline: the sign says so, and the page stays
    form.requestSubmit(button);
    return;
  }
  isLeaving = true;
  fields.ms.value = look.take();
});
form.addEventListener("change", (event) => {
  if (event.target.closest(".options")) changed();
});
addEventListener("beforeunload", (event) => {
  if ((current || waiting) && !isLeaving) event.preventDefault();
});

async function handIn() {
  await Promise.race([delivered(), new Promise((resolve) => setTimeout(resolve, 8000))]);
  const last = document.createElement("form");
  last.method = "post";
  last.action = form.dataset.handIn;
  last.append(fields.csrf_token.cloneNode());
  document.body.append(last);
  isLeaving = true;
  last.submit();
}

// ---- Start ---------------------------------------------------------------------------------------------------

const clockElement = document.querySelector("#clock[data-left]");
const timer = clockElement ? clock.start(clockElement, document.getElementById("clock-said"), handIn) : null;
shortcuts.listen(form, () => form.requestSubmit(form.querySelector(".exam-moves [value=next]")));
if (matchMedia("(min-width: 60rem)").matches) document.getElementById("palette").open = true;

// Changes that an earlier page could not send: this item's is shown and sent, then the others quietly.
async function resend() {
  const record = (await kept.all(prefix)).find((each) => each.key === form.dataset.key);
  if (record) {
    apply(record.change.fields);
    flagged = record.change.flagged;
    showFlag();
    waiting = { ...record, isReplay: true };
    show("saving");
    await send();
  }
  await sendKept(prefix, token, form.dataset.key);
}
resend().catch(() => {});
