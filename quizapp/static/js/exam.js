// The exam page: each change is kept on this device, sent at once, and removed here when the server has it.
import * as answers from "./answers.js";
import * as clock from "./clock.js";
import * as conflict from "./conflict.js";
import * as look from "./look.js";
import { handIn, sendKept, wait, within } from "./outbox.js";
import * as poll from "./poll.js";
import * as outgoing from "./queue.js";
import * as shortcuts from "./shortcuts.js";
import * as sign from "./sign.js";

const form = document.getElementById("exam");
const fields = form.elements;
const slot = form.dataset.key; // person:attempt:position
const [person, attempt, position] = slot.split(":");
const loaded = { fields: answers.read(form, true), flagged: fields.flagged.value === "1" };
const early = answers.read(form); // on a slow line somebody chooses before this script is here
const step = form.querySelector("[data-step]"); // of a conversation: it is said by a button, not by choosing

let flagged = loaded.flagged;
let isOver = false;
let isLeaving = false;
let isSaying = false;
let pressed = null; // the last button, for browsers whose submit event does not tell

// ---- What the page shows -------------------------------------------------------------------------------------

function square() {
  return form.querySelector(".palette [aria-current]");
}

function showState(state, time) {
  sign.show(state, time);
  square()?.classList.toggle("waiting", state !== "saved");
}

function showSquare() {
  const button = square();
  if (!button) return;
  const clear = form.querySelector(".clear-answer"); // what was said in a conversation stays said
  if (clear) {
    const isAnswered = answers.isAnswered(form);
    button.classList.toggle("done", isAnswered);
    clear.hidden = !isAnswered;
  }
  button.classList.toggle("flag", flagged);
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

function showAll(state) {
  answers.apply(form, state.fields);
  flagged = state.flagged;
  showFlag();
}

// ---- Changes -------------------------------------------------------------------------------------------------

const queue = outgoing.start({
  slot,
  url: form.dataset.save,
  address: form.action,
  base: Number(fields.base.value),
  field: fields.csrf_token,
  on: {
    state: showState,
    saved: (body, { isLast, isOld }) => {
      fields.base.value = Math.max(Number(fields.base.value), body.version);
      if (body.left !== null && !isOver) timer?.set(body.left);
      if (isLast && isOld) showAll(loaded);
      if (isLast && isSaying) leaveFor(form.action); // for what the other person says
      else if (isLast) showState("saved", body.at);
    },
    conflict: (mine, theirs) => {
      fields.base.value = theirs.version;
      showState("conflict");
      conflict.ask(form, { mine, theirs, choose: (side) => choose(side, mine) });
    },
    // At zero the page hands in anyway.
    closed: () => isOver || leaveFor(form.action),
  },
});

function changed() {
  showSquare();
  if (answers.problem(form)) return;
  queue.add({ fields: answers.read(form), flagged, ms: look.take() });
}

async function choose(side, mine) {
  if (side === "mine") {
    showAll(mine);
    queue.choose({ fields: answers.read(form), flagged, ms: look.take() });
    return;
  }
  await within(2000, queue.choose(null));
  isLeaving = true;
  location.reload();
}

// ---- Leaving -------------------------------------------------------------------------------------------------

function leaveFor(address) {
  isLeaving = true;
  location.assign(address);
}

form.addEventListener("click", (event) => {
  pressed = event.target.closest("button");
});
form.addEventListener("submit", async (event) => {
  const button = event.submitter ?? pressed;
  if (button?.value === "flag" || button?.value === "clear") {
    event.preventDefault();
    if (button.value === "clear") answers.apply(form, {});
    else flagged = !flagged;
    showFlag();
    if (button.value === "clear") form.querySelector(".options input").focus();
    changed();
    return;
  }
  if (button?.value === "say" && answers.isAnswered(form)) {
    event.preventDefault();
    isSaying = true;
    changed();
    return;
  }
  if (queue.isBusy()) {
    // What is on its way comes first; then the same button again.
    event.preventDefault();
    await within(4000, queue.run());
    if (!queue.isBusy()) button.click(); // else offline: the sign says so, and the page stays
    return;
  }
  isLeaving = true;
  fields.ms.value = look.take();
});
form.addEventListener("change", (event) => {
  if (event.target.closest(".options") && !step) changed();
});
addEventListener("beforeunload", (event) => {
  if (queue.isBusy() && !isLeaving) event.preventDefault();
});

// ---- Zero ----------------------------------------------------------------------------------------------------

async function delivered() {
  while (queue.isBusy()) await wait(100);
}

async function over() {
  if (isOver) return;
  isOver = true;
  sign.sayUntil();
  queue.hurry();
  await within(Number(clockElement.dataset.grace) * 1000, delivered());
  if (!queue.isBusy()) showState("handing-in");
  await handIn(form.dataset.handIn, fields.csrf_token, {
    first: () => within(3000, delivered()),
    leave: leaveFor,
  });
}

// ---- Start ---------------------------------------------------------------------------------------------------

const clockElement = document.querySelector("#clock[data-left]");
const timer = clockElement
  ? clock.start(clockElement, document.getElementById("clock-said"), attempt, over)
  : null;
answers.enhance(form);
const offline = document.getElementById("offline");
poll.start(form.dataset.time, {
  time: (body) => {
    sign.setUntil(body.until);
    if (body.paused || body.through >= Number(position)) {
      if (!isOver && !queue.isBusy()) leaveFor(form.action); // a break in another tab has closed the item
    } else if (body.left !== null && !isOver) {
      timer?.set(body.left);
    }
  },
  closed: () => isOver || queue.isBusy() || leaveFor(form.action),
  lost: () => {
    const words = offline.querySelector("span");
    words.textContent = [words.dataset.words, sign.until()].join(" ").trim();
    offline.hidden = false;
  },
  reached: () => {
    offline.hidden = true;
  },
});
shortcuts.listen(form, () => form.querySelector(".exam-moves [value=next]").click());
if (matchMedia("(min-width: 60rem)").matches) document.getElementById("palette").open = true;

// Changes that an earlier page could not send: this item's are shown and sent, then the others quietly.
async function resend() {
  const newest = await queue.newestKept();
  if (newest) {
    showAll(newest);
    showState("saving");
  }
  if (JSON.stringify(early) !== JSON.stringify(loaded.fields)) {
    answers.apply(form, early);
    if (!step) changed();
  }
  await queue.run();
  await sendKept(`${person}:${attempt}:`, fields.csrf_token.value, slot);
}
resend().catch(() => {});
